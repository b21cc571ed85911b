package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A method's recipe keys that were given.
 *
 * @param values by name: {@link Boolean}, {@link Number}, {@link String} or a list of text
 */
public record PeftSettings(Map<String, Object> values) {
    /** Nothing was given. */
    public static final PeftSettings NONE = new PeftSettings(Map.of());

    /** As PaddleNLP writes a number that is not given. */
    static final double UNSET = -1;

    public PeftSettings {
        values = Map.copyOf(values);
    }

    /**
     * The settings of an adapter that a run goes on from; what the run says of them too must be the same.
     *
     * @param adapter what its config says
     * @throws BadInputException naming a key that differs
     */
    PeftSettings goingOnFrom(Map<String, Object> adapter) {
        values.forEach((key, given) -> {
            Object there = adapter.get(key);
            boolean same = (given instanceof Number number && there instanceof Number other)
                    ? number.doubleValue() == other.doubleValue()
                    : text(given).equals(text(there));
            if (!same) {
                throw new BadInputException("%s is %s, but the adapter in lora_path has %s; leave %s out."
                        .formatted(key, given, there, key));
            }
        });
        return new PeftSettings(adapter);
    }

    private static String text(Object value) {
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : String.valueOf(value);
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

    /** A list of whole numbers; empty if it is not given. */
    List<Integer> wholes(String name) {
        return values.get(name) instanceof List<?> list
                ? list.stream().map(each -> ((Number) each).intValue()).toList()
                : List.of();
    }

    /** A text as it is. */
    Optional<String> line(String name) {
        return Optional.ofNullable((String) values.get(name));
    }

    /** A single text. */
    Optional<String> text(String name, String... wanted) {
        Optional<String> text = names(name).map(names -> String.join(",", names));
        text.filter(value -> !List.of(wanted).contains(value)).ifPresent(value -> {
            throw new BadInputException(
                    "%s is %s; wanted one of %s.".formatted(name, value, String.join(", ", wanted)));
        });
        return text;
    }

    /** A share of inputs to drop, less than 1. */
    Optional<Double> dropout(String name) {
        Optional<Double> dropout = real(name);
        if (dropout.isPresent() && dropout.get() >= 1) {
            throw new BadInputException(
                    "%s is %s; wanted less than 1, or the adapters see nothing.".formatted(name, dropout.get()));
        }
        return dropout;
    }

    /** A number that scales something, more than 0; empty if it is {@link #UNSET}. */
    Optional<Double> scale(String name, String orElse) {
        Optional<Double> scale = real(name).filter(value -> value != UNSET);
        if (scale.isPresent() && scale.get() <= 0) {
            throw new BadInputException("%s is %s; wanted more than 0, or %s.".formatted(name, scale.get(), orElse));
        }
        return scale;
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
