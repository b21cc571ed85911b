package dev.packtrain.jobs.recipe;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a recipe's JSON, strictly: one object, no key twice. */
final class RecipeFile {
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** How to make the reader less strict. */
    private static final String READER_SETTING =
            ": enable `[^`]*` to allow| \\(not recognized as one since .*\\)|, from `[^`]*`";

    private static final String BYTE_ORDER_MARK = "\ufeff";

    private RecipeFile() {}

    static Map<String, Object> read(Path file) {
        String text;
        try {
            text = Files.readString(file);
            // What some editors put before UTF-8.
            text = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (IOException unreadable) {
            throw new BadInputException(
                    "cannot read the recipe %s (%s); wanted a JSON file"
                            .formatted(file, Files.isDirectory(file) ? "it is a directory" : reason(unreadable)),
                    unreadable);
        }
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            JsonLocation at = malformed.getLocation() == null ? JsonLocation.NA : malformed.getLocation();
            throw new BadInputException(
                    "the recipe %s is no valid JSON at line %d, column %d: %s"
                            .formatted(
                                    file,
                                    Math.max(1, at.getLineNr()),
                                    Math.max(1, at.getColumnNr()),
                                    // Of the reader's own checks there is one, and it speaks of Jackson's settings.
                                    malformed instanceof MismatchedInputException
                                            ? "something follows the JSON object"
                                            : malformed.getOriginalMessage().replaceAll(READER_SETTING, "")),
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
        if (unreadable instanceof CharacterCodingException) {
            return "it is not in UTF-8";
        }
        return unreadable instanceof NoSuchFileException ? "it does not exist" : unreadable.toString();
    }
}
