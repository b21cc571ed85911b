package dev.packtrain.jobs.recipe;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads {@code config_overrides}. */
final class EntriesText {
    private EntriesText() {}

    /** From a JSON object with plain values; null if a value is an object, a list or null. */
    static Map<String, String> ofObject(Map<?, ?> object) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : object.entrySet()) {
            Object value = entry.getValue();
            if (!(value instanceof String || value instanceof Number || value instanceof Boolean)) {
                return null;
            }
            entries.put(String.valueOf(entry.getKey()), String.valueOf(value));
        }
        return entries;
    }

    /** From {@code a=1,b=2}; null if a part has no key or no equals sign. */
    static Map<String, String> ofText(String text) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1 || equals == part.length() - 1) {
                return null;
            }
            entries.put(
                    part.substring(0, equals).strip(),
                    part.substring(equals + 1).strip());
        }
        return entries;
    }
}
