package dev.packtrain.jobs.recipe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a recipe's JSON, strictly: one object, no key twice. */
final class RecipeFile {
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private RecipeFile() {}

    static Map<String, Object> read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException unreadable) {
            throw new BadInputException(
                    "cannot read the recipe %s (%s); wanted a JSON file".formatted(file, reason(unreadable)),
                    unreadable);
        }
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            int line = malformed.getLocation() == null
                    ? 1
                    : malformed.getLocation().getLineNr();
            throw new BadInputException(
                    "the recipe %s is no valid JSON at line %d: %s"
                            .formatted(file, line, malformed.getOriginalMessage()),
                    malformed);
        }
        if (!root.isObject()) {
            throw new BadInputException(
                    "the recipe %s holds no JSON object; wanted {\"key\": value, …}".formatted(file));
        }
        Map<String, Object> values = new LinkedHashMap<>();
        root.properties()
                .forEach(entry -> values.put(entry.getKey(), JSON.convertValue(entry.getValue(), Object.class)));
        return values;
    }

    private static String reason(IOException unreadable) {
        return unreadable instanceof java.nio.file.NoSuchFileException ? "it does not exist" : unreadable.toString();
    }
}
