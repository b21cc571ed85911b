package dev.packtrain.pipeline.report;

import dev.packtrain.pipeline.stats.Distribution;
import dev.packtrain.pipeline.stats.LengthTables;

/**
 * How long a part of the examples is, in tokens: exact, with MLlib's moments.
 *
 * @param mean arithmetic mean
 * @param std standard deviation of a sample (divided by one less than the examples); 0 of one example
 * @param min shortest
 * @param p10 the smallest length that at least one tenth of the examples do not exceed
 * @param p50 median
 * @param p90 the same for nine tenths
 * @param p99 the same for 99 in 100
 * @param max longest
 */
public record LengthStatistics(double mean, double std, int min, int p10, int p50, int p90, int p99, int max) {
    /**
     * From exact counts.
     *
     * @param countByLength at index n the number of examples in which the part has n tokens; at least one example in all
     */
    public static LengthStatistics of(long[] countByLength) {
        Distribution lengths = LengthTables.ofCounts(countByLength);
        if (lengths.count() == 0) {
            throw new IllegalArgumentException("statistics are made of at least one example");
        }
        return new LengthStatistics(
                lengths.mean(),
                lengths.std(),
                (int) lengths.min(),
                (int) lengths.p10(),
                (int) lengths.p50(),
                (int) lengths.p90(),
                (int) lengths.p99(),
                (int) lengths.max());
    }
}
