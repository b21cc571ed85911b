package dev.packtrain.training.peft;

/**
 * A recipe key of a method.
 *
 * @param name as PaddleNLP has it, else as PEFT
 * @param kind what its value must be
 * @param neutral what recipes that do not use the method may spell out; null: nothing
 * @param doc for {@code --help}, with the default
 */
public record PeftKey(String name, Kind kind, Object neutral, String doc) {
    /** Whether a value, of the kind's type, asks for nothing where the method is off. */
    public boolean isDefault(Object value) {
        if (neutral instanceof Number number && value instanceof Number given) {
            return number.doubleValue() == given.doubleValue();
        }
        return value.equals(neutral);
    }

    /** What a value must be. */
    public enum Kind {
        /** {@code true} or {@code false}. */
        FLAG,
        /** A whole number of at least 1. */
        COUNT,
        /** A whole number of at least −1. */
        WHOLE,
        /** A number of at least −1. */
        REAL,
        /** A number in [0, 1]. */
        SHARE,
        /** One word. */
        NAME,
        /** Text, or a JSON list of text. */
        NAMES,
        /** Text, commas and all. */
        TEXT
    }
}
