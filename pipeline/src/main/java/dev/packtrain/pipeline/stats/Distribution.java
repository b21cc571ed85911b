package dev.packtrain.pipeline.stats;

/**
 * How some numbers are distributed.
 *
 * @param count how many; the rest is 0 if there are none
 * @param mean arithmetic mean
 * @param std standard deviation of a sample (divided by {@code count - 1}); 0 of a single number
 * @param min smallest
 * @param p1 a number that about one in a hundred does not exceed
 * @param p10 the same for one in ten
 * @param p50 the same for half: the median
 * @param p90 the same for nine in ten
 * @param p99 the same for 99 in a hundred
 * @param max largest
 */
public record Distribution(
        long count,
        double mean,
        double std,
        double min,
        double p1,
        double p10,
        double p50,
        double p90,
        double p99,
        double max) {
    /** Of no numbers. */
    public static final Distribution NONE = new Distribution(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** The shares that belong to p1 to p99. */
    static double[] shares() {
        return new double[] {0.01, 0.1, 0.5, 0.9, 0.99};
    }

    /** With the quantiles of {@link #shares}. */
    static Distribution of(long count, double mean, double std, double min, double[] quantiles, double max) {
        return new Distribution(
                count, mean, std, min, quantiles[0], quantiles[1], quantiles[2], quantiles[3], quantiles[4], max);
    }
}
