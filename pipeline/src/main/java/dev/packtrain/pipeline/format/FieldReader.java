package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.packing.NearestName;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Walks over the fields of a JSON object as they stream by. A field that nobody reads must be skipped. A name that
 * stands there twice is refused.
 */
final class FieldReader {
    private static final Set<String> NO_NAMES = Set.of();

    private final JsonParser parser;
    private final String path;
    private final Set<String> names = new LinkedHashSet<>();
    private String name;

    /** For an object whose start was just read; {@code path} leads from the row to it, such as {@code messages[2].}. */
    FieldReader(JsonParser parser, String path) {
        this.parser = parser;
        this.path = path;
    }

    /** Goes to the value of the next field; false after the last. */
    boolean next() throws IOException, RejectedRowException {
        if (parser.nextToken() != JsonToken.FIELD_NAME) {
            return false;
        }
        name = parser.currentName();
        if (!names.add(name)) {
            throw new RejectedRowException(
                    RejectReason.DUPLICATE_KEY, "field \"%s\" stands there twice".formatted(RowText.brief(field())));
        }
        parser.nextToken();
        return true;
    }

    /** The name of this field. */
    String name() {
        return name;
    }

    /** The name with the way to it, as messages show it. */
    String field() {
        return path.isEmpty() ? name : path + name;
    }

    /** Where an item of this field's list is, for a reader of its own. */
    String item(int index) {
        return field() + "[" + index + "].";
    }

    JsonToken value() {
        return parser.currentToken();
    }

    JsonParser parser() {
        return parser;
    }

    boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    void skip() throws IOException {
        parser.skipChildren();
    }

    /** The string that this field is, not blank. */
    String text() throws IOException, RejectedRowException {
        return RowText.require(anyText(), field());
    }

    /** The string that this field is; null if it is blank or null. */
    String optionalText() throws IOException, RejectedRowException {
        if (isNull()) {
            return null;
        }
        String text = RowText.requireValid(anyText(), field());
        return text.isBlank() ? null : text;
    }

    /** The string that this field is, unchecked. */
    String anyText() throws IOException, RejectedRowException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw wrongType("a string");
        }
        return parser.getText();
    }

    /** Whether this field is true, or 1. */
    boolean flag() throws IOException, RejectedRowException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                double number = parser.getDoubleValue();
                if (number != 0 && number != 1) {
                    throw wrongType("true, false, 0 or 1", "the number " + RowText.brief(parser.getText()));
                }
                yield number == 1;
            }
            default -> throw wrongType("true, false, 0 or 1");
        };
    }

    /** The whole value: strings, numbers, booleans, nulls, lists and maps. */
    Object any() throws IOException, RejectedRowException {
        return JsonValues.read(parser, field());
    }

    /** Refuses everything but a list. */
    void requireList(String of) throws RejectedRowException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw wrongType("a list of " + of);
        }
    }

    /** Puts the value away under its name, unless it is null. */
    void keepIn(Map<String, Object> more) throws IOException, RejectedRowException {
        if (!isNull()) {
            more.put(name, any());
        }
    }

    RejectedRowException wrongType(String wanted) {
        return wrongType(wanted, article(parser.currentToken()));
    }

    RejectedRowException wrongType(String wanted, String got) {
        return new RejectedRowException(
                RejectReason.WRONG_TYPE, "field \"%s\" is %s; wanted %s".formatted(field(), got, wanted));
    }

    /** That a field was not among those read; names the nearest that was and is not one of {@code known}. */
    RejectedRowException missing(String wanted, Collection<String> known) {
        Set<String> others = new LinkedHashSet<>(names);
        others.removeAll(known);
        return new RejectedRowException(
                RejectReason.MISSING_FIELD,
                NearestName.among(wanted, others)
                        .map(nearest -> "field \"%s%s\" is missing; the nearest that is there is \"%s\""
                                .formatted(path, wanted, RowText.brief(nearest)))
                        .orElse("field \"%s%s\" is missing, and no other is like it".formatted(path, wanted)));
    }

    /** As {@link #missing(String, Collection)}, with nothing known. */
    RejectedRowException missing(String wanted) {
        return missing(wanted, NO_NAMES);
    }

    static String article(JsonToken token) {
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> token.toString();
        };
    }
}
