package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * How the rows of several data sets are numbered together, so that any stretch of row numbers holds of every data set a
 * part in proportion.
 *
 * <p>A data set with weight w is repeated ceil(w) times; of the last repeat each row is used with the probability that
 * remains (of weight 2.3: twice, and 3 in 10 a third time), by a hash of seed, data set and row. Item j of the m of a data
 * set stands at (2j + 1) / 2m of the way; items are numbered in the order of where they stand. That is arithmetic: nobody
 * holds a table of rows.
 */
public final class SourceMix implements Serializable {
    /** No data set is used more often. */
    public static final double MAX_WEIGHT = 1000;

    private final long[] rows;
    private final double[] weights;
    private final long[] items;
    private final long size;
    private final long seed;

    /**
     * Of data sets with so many rows.
     *
     * @param weights more than 0, at most {@link #MAX_WEIGHT}, one a data set; 1 uses every row once
     * @throws BadInputException if they are not
     */
    public SourceMix(long[] rows, double[] weights, long seed) {
        if (weights.length != rows.length) {
            throw new BadInputException("dataset_weights has %d weights for %d data sets; give one for each"
                    .formatted(weights.length, rows.length));
        }
        this.rows = rows.clone();
        this.weights = weights.clone();
        this.items = new long[rows.length];
        this.seed = seed;
        for (int i = 0; i < rows.length; i++) {
            if (!(weights[i] > 0 && weights[i] <= MAX_WEIGHT)) {
                throw new BadInputException(
                        "dataset_weights has %s for data set %d; give more than 0 and at most %.0f (1: every row once)"
                                .formatted(weights[i], i + 1, MAX_WEIGHT));
            }
            items[i] = Math.multiplyExact(rows[i], (long) Math.ceil(weights[i]));
        }
        this.size = Arrays.stream(items).reduce(0, Math::addExact);
    }

    /**
     * What a number stands for.
     *
     * @param source number of the data set, from 0
     * @param row number of the row in it
     * @param copy how often the row came before
     */
    public record Item(int source, long row, int copy) {}

    /** Numbers in all. */
    public long size() {
        return size;
    }

    /** How often the rows of a data set are numbered. */
    public int copies(int source) {
        return (int) (items[source] / rows[source]);
    }

    /** The number of an item. */
    public long number(Item item) {
        return number(item.source(), item.copy() * rows[item.source()] + item.row());
    }

    private long number(int source, long index) {
        long number = index;
        BigInteger own = BigInteger.valueOf(items[source]);
        BigInteger place = BigInteger.valueOf(2 * index + 1);
        for (int other = 0; other < items.length; other++) {
            if (other != source && items[other] > 0) {
                // Items i of the other stand before if (2i + 1) / 2 items[other] < place / 2 own; a tie goes to the
                // first.
                BigInteger[] passed = place.multiply(BigInteger.valueOf(items[other]))
                        .add(other < source ? own : own.subtract(BigInteger.ONE))
                        .divideAndRemainder(own.shiftLeft(1));
                number += passed[0].longValueExact();
            }
        }
        return number;
    }

    /** The item of a number. */
    public Item item(long number) {
        for (int source = 0; source < items.length; source++) {
            // Where it stands is known to within one item of every data set.
            long index = Math.max(
                    0,
                    BigInteger.valueOf(number)
                                    .multiply(BigInteger.valueOf(items[source]))
                                    .divide(BigInteger.valueOf(size))
                                    .longValueExact()
                            - items.length);
            while (index < items[source] && number(source, index) < number) {
                index++;
            }
            if (index < items[source] && number(source, index) == number) {
                return new Item(source, index % rows[source], (int) (index / rows[source]));
            }
        }
        throw new IllegalArgumentException("number %d of %d".formatted(number, size));
    }

    /** Whether the weight of its data set lets an item in. */
    public boolean isUsed(Item item) {
        double share = weights[item.source()] - item.copy();
        return share >= 1 || unit(item) < share;
    }

    /** The weight of a data set. */
    public double weight(int source) {
        return weights[source];
    }

    private double unit(Item item) {
        long hash = stir(stir(stir(seed) + item.source()) + item.row());
        return (hash >>> 11) * 0x1.0p-53;
    }

    /** The finaliser of SplitMix64 (Steele et al., 2014). */
    private static long stir(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
