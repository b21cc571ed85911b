package dev.packtrain.jobs.recipe;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The known name that a mistyped one most likely meant. */
public final class NearestName {
    private NearestName() {}

    /** The nearest by edit distance, if it is near enough (a third of the name, at least 2 edits). */
    public static Optional<String> of(String typed, Collection<String> known) {
        String name = typed.toLowerCase(Locale.ROOT).replace('-', '_');
        int limit = Math.max(2, name.length() / 3);
        return known.stream()
                .min(Comparator.<String>comparingInt(each -> distance(name, each))
                        .thenComparing(each -> each))
                .filter(nearest -> distance(name, nearest) <= limit);
    }

    /** Levenshtein's distance (1965): insertions, deletions and substitutions, each 1. */
    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
