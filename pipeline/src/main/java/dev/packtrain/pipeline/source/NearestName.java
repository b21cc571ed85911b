package dev.packtrain.pipeline.source;

import java.util.Collection;

/** The name that a user most likely meant. */
public final class NearestName {
    private static final int MAX_NAMES = 64;
    private static final int MAX_CHARS = 64;

    private NearestName() {}

    /** The candidate with the smallest edit distance, the first of several; null if there is none. */
    public static String of(String wanted, Collection<String> candidates) {
        String nearest = null;
        int smallest = Integer.MAX_VALUE;
        // A row may have any number of fields, and of any length: the first few are hint enough.
        for (String candidate : candidates.stream().limit(MAX_NAMES).toList()) {
            int distance = distance(head(wanted), head(candidate));
            if (distance < smallest) {
                smallest = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    private static String head(String name) {
        return name.substring(0, Math.min(MAX_CHARS, name.length()));
    }

    /** Levenshtein's distance. */
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
