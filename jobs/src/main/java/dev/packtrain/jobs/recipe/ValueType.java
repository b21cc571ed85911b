package dev.packtrain.jobs.recipe;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a key's value must be. {@link #parse} takes what JSON or the command line gave and returns a {@link String},
 * {@link Long}, {@link Double}, {@link Boolean}, {@code Map<String, String>} or {@code List<String>}.
 */
public sealed interface ValueType {
    /** What was wanted, for a message: {@code a whole number of at least 1}. */
    String wanted();

    /** The name shown after an option in {@code --help}. */
    String label();

    /**
     * Converts a value.
     *
     * @param given from JSON (String, Boolean, Number, Map, List) or the command line (always String)
     * @param fromCommandLine whether text may stand for numbers and booleans
     * @return the value, or null if it is not of this type
     */
    Object parse(Object given, boolean fromCommandLine);

    /** Any non-empty text. */
    record Text(String label) implements ValueType {
        @Override
        public String wanted() {
            return "text";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            return given instanceof String text && !text.isEmpty() ? text : null;
        }
    }

    /** {@code true}, {@code false} or a path, given as text or as a JSON flag; the value is text. */
    record FlagOrPath() implements ValueType {
        @Override
        public String wanted() {
            return "true, false or a path";
        }

        @Override
        public String label() {
            return "true|PATH";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            return given instanceof Boolean
                    ? String.valueOf(given)
                    : given instanceof String text && !text.isEmpty() ? text : null;
        }
    }

    /** {@code true} or {@code false}. */
    record Flag() implements ValueType {
        @Override
        public String wanted() {
            return "true or false";
        }

        @Override
        public String label() {
            return "true|false";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            if (given instanceof Boolean flag) {
                return flag;
            }
            if (fromCommandLine && given instanceof String text) {
                return text.equalsIgnoreCase("true")
                        ? Boolean.TRUE
                        : text.equalsIgnoreCase("false") ? Boolean.FALSE : null;
            }
            return null;
        }
    }

    /** A whole number in a range, both ends included. */
    record Whole(long min, long max) implements ValueType {
        @Override
        public String wanted() {
            return max == Long.MAX_VALUE || max == Integer.MAX_VALUE
                    ? min == Long.MIN_VALUE ? "a whole number" : "a whole number of at least " + min
                    : "a whole number from %d to %d".formatted(min, max);
        }

        @Override
        public String label() {
            return "N";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            Long value = null;
            if (given instanceof Integer || given instanceof Long) {
                value = ((Number) given).longValue();
            } else if (given instanceof Double real && real == Math.rint(real) && Math.abs(real) < 1L << 53) {
                value = real.longValue();
            } else if (fromCommandLine && given instanceof String text && text.matches("[+-]?[0-9]{1,18}")) {
                value = Long.valueOf(text);
            }
            return value != null && value >= min && value <= max ? value : null;
        }
    }

    /** A finite real number in a range, both ends included. */
    record Real(double min, double max) implements ValueType {
        @Override
        public String wanted() {
            return max == Double.MAX_VALUE
                    ? "a number of at least " + Double.toString(min).replaceAll("\\.0$", "")
                    : "a number from %s to %s".formatted(min, max).replaceAll("\\.0\\b", "");
        }

        @Override
        public String label() {
            return "X";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            Double value = null;
            if (given instanceof Number number) {
                value = number.doubleValue();
            } else if (fromCommandLine
                    && given instanceof String text
                    && text.matches("[+-]?[0-9.]+([eE][+-]?[0-9]+)?")) {
                try {
                    value = Double.valueOf(text);
                } catch (NumberFormatException notANumber) {
                    return null;
                }
            }
            return value != null && value >= min && value <= max ? value : null;
        }
    }

    /** One of a few words. */
    record Choice(List<String> words) implements ValueType {
        @Override
        public String wanted() {
            return "one of " + String.join(", ", words);
        }

        @Override
        public String label() {
            return String.join("|", words);
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            return given instanceof String text && words.contains(text) ? text : null;
        }
    }

    /**
     * Words in any order that together are one of a few values, such as {@code "offload stage3"} for {@code "stage3 offload"}.
     *
     * @param off the value of an empty text
     * @param values the others, each with its words in falling order
     */
    record Words(String off, List<String> values) implements ValueType {
        private static final Pattern WORD = Pattern.compile("[^\\s,]+");

        @Override
        public String wanted() {
            return "one of " + values.stream().map("\"%s\""::formatted).collect(Collectors.joining(", "));
        }

        @Override
        public String label() {
            return "WORDS";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            if (!(given instanceof String text)) {
                return null;
            }
            String words = WORD.matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .sorted(Comparator.reverseOrder())
                    .collect(Collectors.joining(" "));
            return words.isEmpty() || words.equals(off) ? off : values.contains(words) ? words : null;
        }
    }

    /** Entries to replace: a JSON object, or {@code "hidden_size=192,num_hidden_layers=4"}. */
    record Entries() implements ValueType {
        @Override
        public String wanted() {
            return "entries such as hidden_size=192,num_hidden_layers=4";
        }

        @Override
        public String label() {
            return "K=V,…";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            return given instanceof Map<?, ?> map
                    ? EntriesText.ofObject(map)
                    : given instanceof String text ? EntriesText.ofText(text) : null;
        }
    }

    /** Names with commas between them, or a JSON list of them; the value is text or a list of text. */
    record Names() implements ValueType {
        @Override
        public String wanted() {
            return "names such as q_proj,v_proj, or a JSON list of them";
        }

        @Override
        public String label() {
            return "NAME,…";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            if (given instanceof List<?> list) {
                return !list.isEmpty() && list.stream().allMatch(String.class::isInstance) ? List.copyOf(list) : null;
            }
            return given instanceof String text && !text.isBlank() ? text : null;
        }
    }

    /** Anything: a key that is known but not supported, whose value is only compared with the neutral ones. */
    record Anything() implements ValueType {
        @Override
        public String wanted() {
            return "its neutral value";
        }

        @Override
        public String label() {
            return "V";
        }

        @Override
        public Object parse(Object given, boolean fromCommandLine) {
            return given;
        }
    }
}
