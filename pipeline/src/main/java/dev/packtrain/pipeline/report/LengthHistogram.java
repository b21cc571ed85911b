package dev.packtrain.pipeline.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/**
 * How long the kept examples are, in tokens.
 *
 * @param buckets at most {@link #MAX_BUCKETS} of equal width, from length 1 up to the longest; if some examples are more
 *     than twice as long as 99 in 100 are, the last bucket is wider and holds the longest
 * @param mean arithmetic mean
 * @param std standard deviation of a sample
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
        @JsonProperty("length_std") double std,
        @JsonProperty("length_min") int min,
        @JsonProperty("length_p10") int p10,
        @JsonProperty("length_p50") int p50,
        @JsonProperty("length_p90") int p90,
        @JsonProperty("length_p99") int p99,
        @JsonProperty("length_max") int max) {
    /** No histogram has more buckets than this. */
    public static final int MAX_BUCKETS = 40;

    /** Examples so many times longer than {@link #p99} are put into one last bucket. */
    private static final int OUTLIER_FACTOR = 2;

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
                buckets(countByLength, statistics),
                statistics.mean(),
                statistics.std(),
                statistics.min(),
                statistics.p10(),
                statistics.p50(),
                statistics.p90(),
                statistics.p99(),
                statistics.max());
    }

    /** Whether the last bucket is wider than the others: it holds the few examples that are much longer. */
    public boolean hasOutliers() {
        if (buckets.size() < 2) {
            return false;
        }
        Bucket last = buckets.get(buckets.size() - 1);
        return last.to() - last.from() > buckets.get(0).to() - buckets.get(0).from();
    }

    private static List<Bucket> buckets(long[] countByLength, LengthStatistics lengths) {
        // A few very long examples must not press all others into one bucket.
        boolean outliers = lengths.max() > OUTLIER_FACTOR * lengths.p99();
        int end = outliers ? OUTLIER_FACTOR * lengths.p99() : lengths.max();
        int most = outliers ? MAX_BUCKETS - 1 : MAX_BUCKETS;
        int width = (end + most - 1) / most;
        end = outliers ? Math.min(lengths.max() - width - 1, (end + width - 1) / width * width) : end;
        List<Bucket> buckets = new ArrayList<>();
        for (int from = 1; from <= end; from += width) {
            int to = Math.min(end, from + width - 1);
            buckets.add(new Bucket(from, to, count(countByLength, from, to)));
        }
        if (outliers) {
            buckets.add(new Bucket(end + 1, lengths.max(), count(countByLength, end + 1, lengths.max())));
        }
        return buckets;
    }

    private static long count(long[] countByLength, int from, int to) {
        long count = 0;
        for (int length = from; length <= to; length++) {
            count += countByLength[length];
        }
        return count;
    }
}
