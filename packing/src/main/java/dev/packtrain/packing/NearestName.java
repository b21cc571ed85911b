package dev.packtrain.packing;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * The name that somebody most likely meant, for messages: the one with the smallest edit distance (Levenshtein 1965:
 * insertions, deletions and substitutions, each 1).
 */
public final class NearestName {
    private static final int MAX_NAMES = 64;
    private static final int MAX_CHARS = 64;
    private static final int MIN_LIMIT = 2;

    private NearestName() {}

    /** The known name that a mistyped one means, if one is near enough: a third of the name, at least 2 edits. */
    public static Optional<String> meant(String typed, Collection<String> known) {
        String name = head(typed.toLowerCase(Locale.ROOT).replace('-', '_'));
        int limit = Math.max(MIN_LIMIT, name.length() / 3);
        return known.stream()
                .min(Comparator.<String>comparingInt(each -> distance(name, head(each)))
                        .thenComparing(each -> each))
                .filter(nearest -> distance(name, head(nearest)) <= limit);
    }

    /**
     * The nearest of what is there, however far, the first of several; empty if nothing is there. Of names that come
     * with data there may be any number, and of any length: the first {@value #MAX_NAMES} are hint enough.
     */
    public static Optional<String> among(String wanted, Collection<String> there) {
        String name = head(wanted);
        return there.stream().limit(MAX_NAMES).min(Comparator.comparingInt(each -> distance(name, head(each))));
    }

    private static String head(String name) {
        return name.substring(0, Math.min(MAX_CHARS, name.length()));
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
