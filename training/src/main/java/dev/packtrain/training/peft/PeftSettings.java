package dev.packtrain.training.peft;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A method's recipe keys that were given.
 *
 * @param values by name: {@link Boolean}, {@link Number}, {@link String} or a list of text
 */
public record PeftSettings(Map<String, Object> values) {
    /** Nothing was given. */
    public static final PeftSettings NONE = new PeftSettings(Map.of());

    public PeftSettings {
        values = Map.copyOf(values);
    }

    Optional<Boolean> flag(String name) {
        return Optional.ofNullable((Boolean) values.get(name));
    }

    Optional<Integer> count(String name) {
        return Optional.ofNullable((Number) values.get(name)).map(Number::intValue);
    }

    Optional<Double> real(String name) {
        return Optional.ofNullable((Number) values.get(name)).map(Number::doubleValue);
    }

    /** A list as it is; a text as what stands between its commas. */
    Optional<List<String>> names(String name) {
        Object value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        return Optional.of(
                value instanceof List<?> list
                        ? list.stream().map(String::valueOf).toList()
                        : List.of(value.toString().strip().split("\\s*,\\s*", -1)));
    }
}
