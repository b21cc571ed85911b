package dev.packtrain.pipeline.stage;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How often each of some numbers occurs, compactly: what a task tells the driver about label tokens and lengths.
 *
 * @param values the numbers, rising
 * @param counts how often each occurs, at least once
 */
public record TokenCounts(int[] values, int[] counts) implements Serializable {
    /** Counts numbers. */
    static final class Counter {
        private int[] counts = new int[1024];

        void add(int value) {
            if (value >= counts.length) {
                counts = Arrays.copyOf(counts, Math.max(value + 1, 2 * counts.length));
            }
            counts[value]++;
        }

        TokenCounts toCounts() {
            int numValues =
                    (int) Arrays.stream(counts).filter(count -> count > 0).count();
            int[] values = new int[numValues];
            int[] occurrences = new int[numValues];
            int at = 0;
            for (int value = 0; value < counts.length; value++) {
                if (counts[value] > 0) {
                    values[at] = value;
                    occurrences[at++] = counts[value];
                }
            }
            return new TokenCounts(values, occurrences);
        }
    }

    /** Adds these counts to totals by number; returns the totals, which may be a longer array. */
    public long[] addTo(long[] totals) {
        long[] longer = values.length > 0 && values[values.length - 1] >= totals.length
                ? Arrays.copyOf(totals, Math.max(values[values.length - 1] + 1, 2 * totals.length))
                : totals;
        for (int i = 0; i < values.length; i++) {
            longer[values[i]] += counts[i];
        }
        return longer;
    }
}
