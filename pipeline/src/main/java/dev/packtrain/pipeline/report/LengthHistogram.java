package dev.packtrain.pipeline.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/**
 * How long the kept examples are, in tokens.
 *
 * @param buckets at most {@link #MAX_BUCKETS} of equal width, from length 1 up to the longest
 * @param mean arithmetic mean
 * @param min shortest
 * @param p10 the smallest length that at least one tenth of the examples do not exceed
 * @param p50 median: the smallest length that at least half of the examples do not exceed
 * @param p90 the same for nine tenths
 * @param p99 the same for 99 in 100
 * @param max longest
 */
public record LengthHistogram(
        @JsonProperty("length_histogram") List<Bucket> buckets,
        @JsonProperty("length_mean") double mean,
        @JsonProperty("length_min") int min,
        @JsonProperty("length_p10") int p10,
        @JsonProperty("length_p50") int p50,
        @JsonProperty("length_p90") int p90,
        @JsonProperty("length_p99") int p99,
        @JsonProperty("length_max") int max) {
    /** No histogram has more buckets than this. */
    public static final int MAX_BUCKETS = 32;

    /**
     * Examples whose length lies in a range.
     *
     * @param from shortest length, in tokens
     * @param to longest length, in tokens
     * @param count examples
     */
    public record Bucket(int from, int to, long count) {}

    /**
     * From exact counts.
     *
     * @param countByLength at index n the number of examples with n tokens; at least one example in all
     */
    public static LengthHistogram of(long[] countByLength) {
        LengthStatistics statistics = LengthStatistics.of(countByLength);
        return new LengthHistogram(
                buckets(countByLength, statistics.max()),
                statistics.mean(),
                statistics.min(),
                statistics.p10(),
                statistics.p50(),
                statistics.p90(),
                statistics.p99(),
                statistics.max());
    }

    private static List<Bucket> buckets(long[] countByLength, int max) {
        int width = Math.max(1, (max + MAX_BUCKETS - 1) / MAX_BUCKETS);
        List<Bucket> buckets = new ArrayList<>();
        for (int from = 1; from <= max; from += width) {
            int to = Math.min(max, from + width - 1);
            long count = 0;
            for (int length = from; length <= to; length++) {
                count += countByLength[length];
            }
            buckets.add(new Bucket(from, to, count));
        }
        return buckets;
    }
}
