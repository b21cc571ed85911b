package dev.packtrain.pipeline.report;

/**
 * How long a part of the examples is, in tokens.
 *
 * @param mean arithmetic mean
 * @param min shortest
 * @param p10 the smallest length that at least one tenth of the examples do not exceed
 * @param p50 median
 * @param p90 the same for nine tenths
 * @param p99 the same for 99 in 100
 * @param max longest
 */
public record LengthStatistics(double mean, int min, int p10, int p50, int p90, int p99, int max) {
    /**
     * From exact counts.
     *
     * @param countByLength at index n the number of examples in which the part has n tokens; at least one example in all
     */
    public static LengthStatistics of(long[] countByLength) {
        long examples = 0;
        long tokens = 0;
        for (int length = 0; length < countByLength.length; length++) {
            examples += countByLength[length];
            tokens += length * countByLength[length];
        }
        if (examples == 0) {
            throw new IllegalArgumentException("statistics are made of at least one example");
        }
        return new LengthStatistics(
                (double) tokens / examples,
                quantile(countByLength, 1),
                quantile(countByLength, ceilOf(examples, 10)),
                quantile(countByLength, ceilOf(examples, 50)),
                quantile(countByLength, ceilOf(examples, 90)),
                quantile(countByLength, ceilOf(examples, 99)),
                quantile(countByLength, examples));
    }

    private static long ceilOf(long examples, int percent) {
        return (examples * percent + 99) / 100;
    }

    /** The length of the {@code rank}-th shortest example, counted from 1. */
    private static int quantile(long[] countByLength, long rank) {
        long seen = 0;
        for (int length = 0; length < countByLength.length; length++) {
            seen += countByLength[length];
            if (seen >= rank) {
                return length;
            }
        }
        throw new IllegalArgumentException("rank %d of %d examples".formatted(rank, seen));
    }
}
