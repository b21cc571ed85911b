package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whole JSON values, for what only a chat template understands. How deep they may be, the parser bounds. */
final class JsonValues {
    private JsonValues() {}

    /**
     * Reads the value at the parser's current token.
     *
     * @return a string, a number, a boolean, null, or an unmodifiable list or map of those in the order of the JSON
     */
    static Object read(JsonParser parser, String field) throws IOException, RejectedRowException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> RowText.requireValid(parser.getText(), field);
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_ARRAY -> list(parser, field);
            case START_OBJECT -> map(parser, field);
            default -> null;
        };
    }

    private static List<Object> list(JsonParser parser, String field) throws IOException, RejectedRowException {
        List<Object> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(read(parser, field));
        }
        return Collections.unmodifiableList(items);
    }

    private static Map<String, Object> map(JsonParser parser, String field) throws IOException, RejectedRowException {
        Map<String, Object> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = RowText.requireValid(parser.currentName(), field);
            if (entries.containsKey(name)) {
                throw new RejectedRowException(
                        RejectReason.DUPLICATE_KEY,
                        "\"%s\" stands twice in field \"%s\"".formatted(RowText.brief(name), field));
            }
            parser.nextToken();
            entries.put(name, read(parser, field));
        }
        return Collections.unmodifiableMap(entries);
    }
}
