package dev.packtrain.pipeline.report;

import java.io.Serializable;
import java.util.Arrays;

/** Counts how often each of some small numbers occurs, such as lengths. */
public final class Tally {
    private long[] counts = new long[256];

    /**
     * What was counted, compactly.
     *
     * @param values the numbers, rising
     * @param counts how often each occurs, at least once
     */
    public record Counts(int[] values, long[] counts) implements Serializable {}

    /** Counts a number, at least 0. */
    public void add(int value) {
        add(value, 1);
    }

    /** Counts a number so many times. */
    public void add(int value, long times) {
        if (value >= counts.length) {
            counts = Arrays.copyOf(counts, Math.max(value + 1, 2 * counts.length));
        }
        counts[value] += times;
    }

    /** Counts all that another tally counted. */
    public void add(Counts others) {
        for (int i = 0; i < others.values().length; i++) {
            add(others.values()[i], others.counts()[i]);
        }
    }

    /** The numbers that occurred. */
    public Counts counts() {
        int[] values = new int[counts.length];
        long[] occurrences = new long[counts.length];
        int size = 0;
        for (int value = 0; value < counts.length; value++) {
            if (counts[value] > 0) {
                values[size] = value;
                occurrences[size++] = counts[value];
            }
        }
        return new Counts(Arrays.copyOf(values, size), Arrays.copyOf(occurrences, size));
    }

    /** At index n how often n occurred. */
    public long[] toArray() {
        return counts.clone();
    }
}
