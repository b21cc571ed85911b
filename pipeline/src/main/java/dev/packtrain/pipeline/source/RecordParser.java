package dev.packtrain.pipeline.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.record.Dialogue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Checks one line and takes the source and the target out of it. Fields that are not asked for are skipped. */
public final class RecordParser {
    /** Objects and lists may be nested so deeply. */
    static final int MAX_DEPTH = 64;

    private final SourceOptions options;
    private final JsonFactory json;

    /** For rows with these fields. */
    public RecordParser(SourceOptions options) {
        this.options = options;
        this.json = JsonFactory.builder()
                // Rows may have any keys: a table of all that ever occurred must not grow with the data.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(options.maxRowBytes())
                        .build())
                .build();
    }

    /** One field: its strings, and whether they stood in a list. */
    private record Field(List<String> texts, boolean isList) {}

    /**
     * Parses a row.
     *
     * @throws RejectedRowException if it cannot be used
     */
    public Dialogue parse(RowReader.Row row) throws RejectedRowException {
        if (row.length() > options.maxRowBytes()) {
            throw new RejectedRowException(
                    RejectReason.TOO_LONG,
                    "the row has %d bytes; max_row_bytes is %d".formatted(row.length(), options.maxRowBytes()));
        }
        String line = RowText.decode(row.bytes());
        try (JsonParser parser = json.createParser(line)) {
            return parseObject(parser);
        } catch (StreamConstraintsException limit) {
            throw new RejectedRowException(
                    RejectReason.JSON_LIMITS, "the JSON passes a limit: " + firstSentence(limit));
        } catch (JsonProcessingException malformed) {
            throw new RejectedRowException(
                    RejectReason.MALFORMED_JSON,
                    "not JSON at column %d: %s"
                            .formatted(malformed.getLocation().getColumnNr(), firstSentence(malformed)));
        } catch (IOException impossible) {
            throw new IllegalStateException("a string can always be read", impossible);
        }
    }

    private Dialogue parseObject(JsonParser parser) throws IOException, RejectedRowException {
        JsonToken first = parser.nextToken();
        if (first != JsonToken.START_OBJECT) {
            throw new RejectedRowException(
                    RejectReason.NOT_AN_OBJECT, "the row is %s; wanted a JSON object".formatted(article(first)));
        }
        Set<String> names = new LinkedHashSet<>();
        Field source = null;
        Field target = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (!names.add(name)) {
                throw new RejectedRowException(
                        RejectReason.DUPLICATE_KEY, "field \"%s\" stands there twice".formatted(RowText.brief(name)));
            }
            JsonToken value = parser.nextToken();
            if (name.equals(options.srcField())) {
                source = field(parser, value, name);
            } else if (name.equals(options.tgtField())) {
                target = field(parser, value, name);
            } else {
                parser.skipChildren();
            }
        }
        if (parser.nextToken() != null) {
            throw new RejectedRowException(RejectReason.MALFORMED_JSON, "something follows the JSON object");
        }
        requirePresent(source, options.srcField(), names);
        requirePresent(target, options.tgtField(), names);
        return pair(source, target);
    }

    private Field field(JsonParser parser, JsonToken value, String name) throws IOException, RejectedRowException {
        if (value == JsonToken.VALUE_STRING) {
            return new Field(List.of(RowText.require(parser.getText(), name)), false);
        }
        if (value != JsonToken.START_ARRAY) {
            throw wrongType(name, article(value));
        }
        List<String> texts = new ArrayList<>();
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            if (item != JsonToken.VALUE_STRING) {
                throw wrongType(name, "a list with " + article(item));
            }
            texts.add(RowText.require(parser.getText(), name));
        }
        if (texts.isEmpty()) {
            throw new RejectedRowException(RejectReason.EMPTY, "field \"%s\" is an empty list".formatted(name));
        }
        return new Field(texts, true);
    }

    private Dialogue pair(Field source, Field target) throws RejectedRowException {
        if (source.isList() != target.isList()
                || source.texts().size() != target.texts().size()) {
            throw new RejectedRowException(
                    RejectReason.LENGTH_MISMATCH,
                    "field \"%s\" is %s but field \"%s\" is %s; wanted two strings or two lists of one length"
                            .formatted(options.srcField(), shape(source), options.tgtField(), shape(target)));
        }
        return Dialogue.ofTurns(source.texts(), target.texts());
    }

    private void requirePresent(Field field, String name, Set<String> present) throws RejectedRowException {
        if (field == null) {
            Set<String> others = new LinkedHashSet<>(present);
            others.removeAll(List.of(options.srcField(), options.tgtField()));
            String nearest = NearestName.of(name, others);
            throw new RejectedRowException(
                    RejectReason.MISSING_FIELD,
                    nearest == null
                            ? "field \"%s\" is missing, and no other is like it".formatted(name)
                            : "field \"%s\" is missing; the nearest that is there is \"%s\""
                                    .formatted(name, RowText.brief(nearest)));
        }
    }

    private static RejectedRowException wrongType(String name, String got) {
        return new RejectedRowException(
                RejectReason.WRONG_TYPE,
                "field \"%s\" is %s; wanted a string or a list of strings".formatted(name, got));
    }

    private static String shape(Field field) {
        return field.isList() ? "a list of " + field.texts().size() : "a string";
    }

    private static String article(JsonToken token) {
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

    private static String firstSentence(JsonProcessingException problem) {
        return RowText.brief(problem.getOriginalMessage().lines().findFirst().orElse("no message"));
    }
}
