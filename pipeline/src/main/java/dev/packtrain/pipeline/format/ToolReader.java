package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tools and calls of them, which rows hold as JSON or as a string of JSON. */
final class ToolReader {
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(RecordParser.MAX_DEPTH)
                    // The row that holds the string is bounded already.
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private ToolReader() {}

    /** The tools that a field describes: a list of objects, or a string of such JSON; blank or null is none. */
    static List<Map<String, Object>> tools(FieldReader row) throws IOException, RejectedRowException {
        if (row.isNull()) {
            return List.of();
        }
        if (row.value() != JsonToken.VALUE_STRING) {
            return objects(row.any(), row.field());
        }
        String text = row.optionalText();
        return text == null ? List.of() : objects(parse(text, row.field()), row.field());
    }

    /**
     * The calls that ShareGPT's {@code function_call} holds, in OpenAI's shape: of each {@code {"name": …, "arguments":
     * …}} a {@code {"type": "function", "function": …}}.
     */
    static List<Map<String, Object>> calls(String text, String field) throws IOException, RejectedRowException {
        Object parsed = parse(text, field);
        List<Map<String, Object>> functions = objects(parsed instanceof Map ? List.of(parsed) : parsed, field);
        List<Map<String, Object>> calls = new ArrayList<>();
        for (Map<String, Object> function : functions) {
            if (!(function.get("name") instanceof String) || !function.containsKey("arguments")) {
                throw malformed(field, "a call without \"name\" or \"arguments\"");
            }
            calls.add(Map.of("type", "function", "function", function));
        }
        if (calls.isEmpty()) {
            throw malformed(field, "an empty list");
        }
        return calls;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> objects(Object value, String field) throws RejectedRowException {
        if (!(value instanceof List<?> list)) {
            throw malformed(field, "no list");
        }
        for (Object item : list) {
            if (!(item instanceof Map)) {
                throw malformed(field, "a list with something else");
            }
        }
        return (List<Map<String, Object>>) list;
    }

    private static Object parse(String text, String field) throws IOException, RejectedRowException {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() == null) {
                throw malformed(field, "blank");
            }
            Object value = JsonValues.read(parser, field);
            if (parser.nextToken() != null) {
                throw malformed(field, "JSON with something after it");
            }
            return value;
        } catch (JsonProcessingException notJson) {
            throw malformed(field, "no JSON");
        }
    }

    private static RejectedRowException malformed(String field, String got) {
        return new RejectedRowException(
                RejectReason.MALFORMED_TOOLS,
                "field \"%s\" is %s; wanted a list of objects, or a string of such JSON".formatted(field, got));
    }
}
