package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What exact deduplication overlooks when it compares texts. Rows are compared so; they are never rewritten. */
public enum TextNormalization {
    /** Nothing: only texts with the same characters are the same. */
    NONE,
    /** How much white space stands between words, and at the ends. */
    WHITESPACE,
    /** White space, and upper and lower case. */
    WHITESPACE_CASE;

    /** As recipes name it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The value of {@code dedup_normalize}. */
    public static TextNormalization of(String key) {
        return Arrays.stream(values())
                .filter(value -> value.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new BadInputException("dedup_normalize is \"%s\"; give %s"
                        .formatted(
                                key,
                                Arrays.stream(values())
                                        .map(TextNormalization::key)
                                        .collect(Collectors.joining(", ")))));
    }

    String apply(String text) {
        return switch (this) {
            case NONE -> text;
            case WHITESPACE -> collapse(text);
            case WHITESPACE_CASE -> collapse(text).toLowerCase(Locale.ROOT);
        };
    }

    /** One space for every run of Unicode white space, none at the ends. */
    private static String collapse(String text) {
        StringBuilder collapsed = new StringBuilder(text.length());
        boolean pending = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // No white space lies outside the basic plane.
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                pending = !collapsed.isEmpty();
            } else {
                if (pending) {
                    collapsed.append(' ');
                }
                pending = false;
                collapsed.append(c);
            }
        }
        return collapsed.toString();
    }
}
