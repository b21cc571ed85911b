package dev.packtrain.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void quantilesAndBucketsCountEveryExample() {
        long[] counts = new long[101];
        for (int length = 1; length <= 100; length++) {
            counts[length] = 1;
        }
        LengthHistogram histogram = LengthHistogram.of(counts);
        assertThat(histogram.mean()).isCloseTo(50.5, within(1e-12));
        // Of 1 to n: n (n + 1) / 12.
        assertThat(histogram.std()).isCloseTo(Math.sqrt(100 * 101 / 12.0), within(1e-12));
        assertThat(new int[] {histogram.min(), histogram.p50(), histogram.p90(), histogram.p99(), histogram.max()})
                .containsExactly(1, 50, 90, 99, 100);
        assertThat(histogram.buckets()).hasSizeLessThanOrEqualTo(LengthHistogram.MAX_BUCKETS);
        assertThat(histogram.buckets().stream()
                        .mapToLong(LengthHistogram.Bucket::count)
                        .sum())
                .isEqualTo(100);
        assertThat(histogram.buckets().get(0).from()).isEqualTo(1);
    }

    @Test
    void aFewVeryLongExamplesAreOneBucket() {
        long[] counts = new long[5001];
        for (int length = 1; length <= 100; length++) {
            counts[length] = 1000;
        }
        counts[5000] = 3;
        LengthHistogram histogram = LengthHistogram.of(counts);
        assertThat(histogram.hasOutliers()).isTrue();
        assertThat(histogram.buckets()).hasSizeLessThanOrEqualTo(LengthHistogram.MAX_BUCKETS);
        LengthHistogram.Bucket last =
                histogram.buckets().get(histogram.buckets().size() - 1);
        assertThat(last.to()).isEqualTo(5000);
        assertThat(last.count()).isEqualTo(3);
        assertThat(histogram.buckets().stream()
                        .mapToLong(LengthHistogram.Bucket::count)
                        .sum())
                .isEqualTo(100_003);
        int from = 1;
        for (LengthHistogram.Bucket bucket : histogram.buckets()) {
            assertThat(bucket.from()).isEqualTo(from);
            from = bucket.to() + 1;
        }
    }

    @Test
    void oneLengthIsOneBucketWithContent() {
        LengthHistogram histogram = LengthHistogram.of(new long[] {0, 0, 7});
        assertThat(histogram.p50()).isEqualTo(2);
        assertThat(histogram.buckets())
                .containsExactly(new LengthHistogram.Bucket(1, 1, 0), new LengthHistogram.Bucket(2, 2, 7));
    }

    @Test
    void theUnigramLossIsTheEntropy() {
        assertThat(UnigramLoss.of(new long[] {5, 0, 5, 5, 5})).isCloseTo(Math.log(4), within(1e-12));
        assertThat(UnigramLoss.of(new long[] {9})).isZero();
        assertThat(UnigramLoss.of(new long[] {3, 1}))
                .isCloseTo(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), within(1e-12));
    }

    @Test
    void paddingIsTheShareOfEmptySlots() {
        assertThat(Padding.ratio(75, 100)).isEqualTo(0.25);
        assertThat(Padding.ratio(0, 0)).isZero();
    }
}
