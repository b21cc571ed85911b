package dev.packtrain.training.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * An object of a {@code config.json}, read with complaints that say which key of which file is wrong.
 *
 * @param json the object
 * @param prefix the way to it from the file's own object, such as {@code rope_parameters.}; empty for that itself
 * @param where the file, for messages
 */
record ConfigValues(ObjectNode json, String prefix, String where) {
    static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** The object that a file holds. */
    static ObjectNode object(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadInputException("There is no model configuration at " + file
                    + "; give a Hugging Face model directory or a config.json.");
        }
        try {
            if (MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
                return object;
            }
            throw new BadInputException(file + " is not a JSON object, wanted a Hugging Face config.json.");
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    file + " is not valid JSON (" + e.getOriginalMessage() + "), wanted a Hugging Face config.json.",
                    e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage() + ".", e);
        }
    }

    /** Whether the key is there and not null. */
    boolean has(String key) {
        return json.hasNonNull(key);
    }

    /** The object under a key. */
    ConfigValues child(String key) {
        if (json.path(key) instanceof ObjectNode object) {
            return new ConfigValues(object, prefix + key + ".", where);
        }
        throw wrong(key, "an object");
    }

    String text(String key, String fallback) {
        return json.path(key).asText(fallback);
    }

    /** A positive integer. */
    int integer(String key) {
        JsonNode node = json.path(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < 1) {
            throw wrong(key, "a positive integer");
        }
        return node.asInt();
    }

    /** A positive integer; {@code fallback} if it is not there or null. */
    int integer(String key, int fallback) {
        return has(key) ? integer(key) : fallback;
    }

    /** An integer of at least 0; {@code fallback} if it is not there or null. */
    int integerOrZero(String key, int fallback) {
        return json.path(key).isInt() && json.path(key).asInt() == 0 ? 0 : integer(key, fallback);
    }

    /** A token id, or several in a list; empty if it is not there or null. */
    List<Integer> tokenIds(String key) {
        JsonNode node = json.path(key);
        List<Integer> ids = new ArrayList<>();
        for (JsonNode id : node.isArray() ? node : has(key) ? List.of(node) : List.<JsonNode>of()) {
            if (!id.isInt()) {
                throw wrong(key, "a token id or a list of them");
            }
            ids.add(id.asInt());
        }
        return ids;
    }

    /** Refuses a key. */
    void requireAbsent(String key) {
        if (has(key)) {
            throw unsupported(key, json.path(key).toString(), "absent");
        }
    }

    /** A number of at least 0; {@code fallback} if it is not there or null. */
    double number(String key, double fallback) {
        JsonNode node = json.path(key);
        if (!has(key)) {
            return fallback;
        }
        if (!node.isNumber() || node.asDouble() < 0) {
            throw wrong(key, "a number of at least 0");
        }
        return node.asDouble();
    }

    /** A number above 0; {@code fallback} if it is not there or null. */
    double positive(String key, double fallback) {
        double value = number(key, fallback);
        if (!(value > 0)) {
            throw wrong(key, "a positive number");
        }
        return value;
    }

    /** A number of at least 1. */
    double factor(String key) {
        double value = number(key, 0);
        if (!(value >= 1)) {
            throw wrong(key, "a number of at least 1");
        }
        return value;
    }

    /** {@code true} or {@code false}; {@code fallback} if it is not there or null. */
    boolean flag(String key, boolean fallback) {
        JsonNode node = json.path(key);
        if (has(key) && !node.isBoolean()) {
            throw wrong(key, "true or false");
        }
        return node.asBoolean(fallback);
    }

    /** Refuses keys that mean something that nobody here reads. */
    void requireOnly(Set<String> known) {
        json.fieldNames().forEachRemaining(key -> {
            if (has(key) && !known.contains(key)) {
                throw unsupported(key, json.path(key).toString(), "absent");
            }
        });
    }

    /** Refuses every value of a key but one. */
    void require(String key, String got, String supported) {
        if (!got.equals(supported)) {
            throw unsupported(key, got, supported);
        }
    }

    BadInputException wrong(String key, String wanted) {
        JsonNode got = json.path(key);
        String shown = got.isMissingNode() ? "missing" : got.toString();
        return new BadInputException(prefix + key + " is " + shown + ", wanted " + wanted + ", in " + where + ".");
    }

    BadInputException unsupported(String key, String got, String supported) {
        return new BadInputException(prefix + key + " is " + got + ", but only " + supported
                + " is supported so far, in " + where + "; use another model.");
    }
}
