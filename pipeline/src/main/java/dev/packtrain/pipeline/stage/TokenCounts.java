package dev.packtrain.pipeline.stage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * How often each of some numbers occurs: what a task tells the driver about label tokens. About two bytes a number that
 * occurs, so that the results of very many groups can go to the driver, which adds each up and forgets it.
 *
 * @param numValues how many numbers occur
 * @param packed for every number that occurs, rising: how much larger than the last it is, and how often it occurs, both
 *     as {@link VarInt}
 */
public record TokenCounts(int numValues, byte[] packed) implements Serializable {
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
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            int numValues = 0;
            int last = 0;
            try {
                for (int value = 0; value < counts.length; value++) {
                    if (counts[value] > 0) {
                        VarInt.write(packed, value - last);
                        VarInt.write(packed, counts[value]);
                        last = value;
                        numValues++;
                    }
                }
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
            return new TokenCounts(numValues, packed.toByteArray());
        }
    }

    /** Adds these counts to totals by number; returns the totals, which may be a longer array. */
    public long[] addTo(long[] totals) {
        long[] longer = totals;
        ByteArrayInputStream in = new ByteArrayInputStream(packed);
        int value = 0;
        try {
            for (int i = 0; i < numValues; i++) {
                value += VarInt.read(in);
                if (value >= longer.length) {
                    longer = Arrays.copyOf(longer, Math.max(value + 1, 2 * longer.length));
                }
                longer[value] += VarInt.read(in);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return longer;
    }
}
