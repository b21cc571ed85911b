package dev.packtrain.packing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** The manifest's JSON. */
final class ManifestJson {
    private static final String FORMAT_VERSION = "format_version";

    /** Immutable once built, and safe for threads. */
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private ManifestJson() {}

    static String write(Manifest manifest) {
        // Not the platform's line separator: the same manifest is the same bytes everywhere.
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
        try {
            return MAPPER.writer(printer).writeValueAsString(manifest) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a manifest is plain records, which always have JSON", impossible);
        }
    }

    static Manifest read(String json, String where) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            requireVersion(tree, where);
            return MAPPER.treeToValue(tree, Manifest.class);
        } catch (JsonProcessingException failure) {
            throw new BadInputException(
                    "%s is not a valid manifest (%s); restore it, or prepare the data again"
                            .formatted(where, problem(failure)),
                    failure);
        }
    }

    /** Before anything else: other versions may have other keys, and a complaint about those would mislead. */
    private static void requireVersion(JsonNode tree, String where) {
        JsonNode version = tree.path(FORMAT_VERSION);
        if (version.isMissingNode()) {
            throw new BadInputException(
                    "%s is not a Packtrain manifest: it has no %s; give the directory that packtrain prepare wrote"
                            .formatted(where, FORMAT_VERSION));
        }
        if (!version.isInt() || version.intValue() != Manifest.FORMAT_VERSION) {
            throw new BadInputException(
                    "%s has %s %s, but this Packtrain reads version %d; prepare the data again with this Packtrain"
                            .formatted(where, FORMAT_VERSION, version, Manifest.FORMAT_VERSION));
        }
    }

    /** Where and what, without Jackson's advice on its own settings, which follows a semicolon. */
    private static String problem(JsonProcessingException failure) {
        String what =
                failure.getOriginalMessage().lines().findFirst().orElse("").split("; `", 2)[0];
        if (!(failure instanceof JsonMappingException mapping)
                || mapping.getPath().isEmpty()) {
            return what;
        }
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : mapping.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return "at " + path + ": " + what;
    }
}
