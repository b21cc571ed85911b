package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every variant of attention must do. */
abstract class FlashMaskAttentionContractTest {
    private FlashMaskAttention kernel;

    abstract AttentionVariant variant();

    @BeforeEach
    void createKernel() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
        kernel = new FlashMaskAttention(variant(), 2);
    }

    private static AttentionShape shape(int numHeads, int numKvHeads, int headDim, ElementType type) {
        return new AttentionShape(numHeads, numKvHeads, headDim, 1 / Math.sqrt(headDim), type);
    }

    private void check(FlashMask mask, AttentionShape shape) {
        AttentionRun.assertAsExactAsPlain(kernel, mask, shape);
    }

    static Stream<FlashMask> masks() {
        int n = 150;
        int[] bounds = {0, 70, 71, 131, n};
        return Stream.of(
                FlashMasks.full(n),
                FlashMasks.causal(n),
                FlashMasks.slidingWindow(n, 33),
                FlashMasks.causalDocument(bounds),
                FlashMasks.slidingWindowCausalDocument(bounds, 20),
                FlashMasks.document(bounds),
                FlashMasks.sharedQuestion(new int[][] {{40, 20, 17}, {3}, {30, 10, 10, 20}}),
                FlashMasks.globalSlidingWindow(n, 5, 12),
                FlashMasks.causalBlockwise(bounds),
                FlashMasks.prefixLmDocument(bounds, new int[] {10, 1, 30, 0}),
                FlashMasks.prefixLmCausal(n, 66),
                FlashMasks.qkSparse(n, new int[] {20, 90}, new int[] {35, 140}),
                FlashMasks.randomEviction(n, 5));
    }

    @ParameterizedTest
    @MethodSource("masks")
    void knowsAllMasks(FlashMask mask) {
        check(mask, shape(4, 2, 32, ElementType.FP32));
        check(mask, shape(4, 2, 32, ElementType.BF16));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 63, 64, 65, 127, 128, 129, 200})
    void takesAnyLength(int numTokens) {
        for (ElementType type : ElementType.values()) {
            check(FlashMasks.causal(numTokens), shape(2, 1, 48, type));
            check(FlashMasks.full(numTokens), shape(2, 2, 32, type));
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesLongPacks(ElementType type) {
        int[] bounds = {0, 1, 2, 300, 301, 731, 760, 2047};
        check(FlashMasks.causalDocument(bounds), shape(1, 1, 32, type));
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256})
    void takesAllHeadDims(int headDim) {
        for (ElementType type : ElementType.values()) {
            check(FlashMasks.causal(70), shape(2, 1, headDim, type));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "6,6", "6,3", "6,2", "6,1"})
    void sharesKvHeadsAmongHeads(int numHeads, int numKvHeads) {
        for (ElementType type : ElementType.values()) {
            check(FlashMasks.slidingWindow(100, 40), shape(numHeads, numKvHeads, 32, type));
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesOneTokenDocumentsByTheHundreds(ElementType type) {
        check(FlashMasks.causalDocument(IntStream.rangeClosed(0, 333).toArray()), shape(2, 1, 32, type));
    }

    @ParameterizedTest
    @EnumSource
    void takesFewerOrMoreKeysThanRows(ElementType type) {
        int[] seenByRowsBefore = IntStream.range(0, 41).map(key -> 100 - key).toArray();
        check(FlashMask.bidirectional(100, seenByRowsBefore, new int[41]), shape(2, 1, 32, type));
        int[] all = new int[90];
        Arrays.fill(all, 30);
        check(FlashMask.bidirectional(30, all, new int[90]), shape(2, 1, 32, type));
    }

    @ParameterizedTest
    @EnumSource
    void givesZerosToRowsThatSeeNothing(ElementType type) {
        int n = 140;
        // Rows 20 to 99 see nothing, so rows 64 to 95 would be alone in a tile of half the height.
        int[] starts = new int[n];
        int[] ends = new int[n];
        Arrays.fill(starts, 20);
        Arrays.fill(ends, 100);
        FlashMask mask = FlashMask.causal(n, starts, ends);
        AttentionShape shape = shape(2, 2, 32, type);
        check(mask, shape);
        double[][] results = AttentionRun.of(kernel, mask, shape).results();
        int rowLength = 64;
        for (int i : new int[] {0, 1}) {
            assertThat(Arrays.copyOfRange(results[i], 20 * rowLength, 100 * rowLength))
                    .containsOnly(0);
        }
        assertThat(Arrays.copyOfRange(results[4], 20, 100)).containsOnly(Double.NEGATIVE_INFINITY);
    }

    @Test
    void givesZerosWhereNothingIsVisible() {
        FlashMask nothing = FlashMask.bidirectional(80, new int[80], new int[80]);
        double[][] results = AttentionRun.of(kernel, nothing, shape(2, 1, 32, ElementType.FP32))
                .results();
        for (int i = 0; i < 4; i++) {
            assertThat(results[i]).containsOnly(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesTheSameBitsWithAnyNumberOfThreads(ElementType type) {
        FlashMask mask = FlashMasks.causalDocument(new int[] {0, 40, 1100, 1500});
        AttentionShape shape = shape(2, 1, 64, type);
        double[][] expected = AttentionRun.of(kernel, mask, shape).results();
        for (int numThreads : new int[] {1, 2, 3}) {
            FlashMaskAttention other = new FlashMaskAttention(variant(), numThreads);
            assertThat(AttentionRun.of(other, mask, shape).results()).isDeepEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    void visitsNoTileThatIsHidden(ElementType type) {
        // The second document is NaN; the first ends where a tile ends.
        FlashMask mask = FlashMasks.causalDocument(new int[] {0, 128, 192});
        AttentionShape shape = shape(1, 1, 32, type);
        PlainAttention.Inputs in = AttentionRun.inputs(mask, shape);
        for (double[] values : new double[][] {in.q(), in.k(), in.v(), in.dOut()}) {
            Arrays.fill(values, 128 * 32, 192 * 32, Double.NaN);
        }
        double[][] results = AttentionRun.of(kernel, mask, shape, in).results();
        for (int i = 0; i < 4; i++) {
            assertThat(Arrays.stream(results[i]).limit(128 * 32)).noneMatch(x -> Double.isNaN(x));
            assertThat(Arrays.stream(results[i]).skip(128 * 32)).allMatch(x -> Double.isNaN(x));
        }
    }

    /** A workspace lasts a pack: of what a pass before left in it, here NaN, nothing gets into a product. */
    @ParameterizedTest
    @EnumSource
    void readsNothingThatAPassBeforeLeftBehind(ElementType type) {
        FlashMask mask = FlashMasks.causalDocument(new int[] {0, 70, 71, 150});
        for (int headDim : new int[] {32, 48, 112}) {
            AttentionShape shape = shape(2, 1, headDim, type);
            PlainAttention.Inputs in = AttentionRun.inputs(mask, shape);
            PlainAttention.Inputs spoilt = AttentionRun.inputs(mask, shape);
            for (double[] values : new double[][] {spoilt.q(), spoilt.k(), spoilt.v(), spoilt.dOut()}) {
                Arrays.fill(values, Double.NaN);
            }
            double[][] expected = AttentionRun.of(kernel, mask, shape, in).results();
            try (PreparedMask prepared = kernel.prepare(mask)) {
                AttentionRun.of(kernel, prepared, mask, shape, spoilt);
                assertThat(AttentionRun.of(kernel, prepared, mask, shape, in).results())
                        .isDeepEqualTo(expected);
            }
        }
    }

    @Test
    void survivesScoresFarApart() {
        FlashMask mask = FlashMasks.causal(100);
        // Standard deviations of 17 and 5,700; the exponential of 89 is beyond fp32.
        check(mask, new AttentionShape(1, 1, 32, 3, ElementType.FP32));
        AttentionShape extreme = new AttentionShape(1, 1, 32, 1000, ElementType.FP32);
        for (double[] result : AttentionRun.of(kernel, mask, extreme).results()) {
            assertThat(Arrays.stream(result)).allMatch(x -> Double.isFinite(x));
        }
    }

    // From tile to tile the scores of most rows rise or fall by 22: in the sixth tile their exponentials are beyond
    // fp32 if the
    // first one's maximum is kept.
    @ParameterizedTest
    @EnumSource
    void followsScoresThatRiseFromTileToTile(ElementType type) {
        int n = 400;
        AttentionShape shape = shape(1, 1, 32, type);
        PlainAttention.Inputs in = AttentionRun.inputs(FlashMasks.full(n), shape);
        for (int i = 0; i < n; i++) {
            // Last in the dot product, so that rounding the sums of the others does not count.
            in.q()[32 * i + 31] = 16 * (i % 3 - 1);
            in.k()[32 * i + 31] = HeadMemory.roundToBf16(i / 8.0);
        }
        double tolerance = type == ElementType.FP32 ? 1e-3 : 2e-2;
        for (FlashMask mask : List.of(FlashMasks.full(n), FlashMasks.causal(n))) {
            AttentionRun.of(kernel, mask, shape, in).assertNearTruth(tolerance);
        }
    }

    @Test
    void hasTheGradientsOfFiniteDifferences() {
        FlashMask mask = FlashMasks.causalDocument(new int[] {0, 9, 70});
        AttentionShape shape = shape(2, 1, 32, ElementType.FP32);
        PlainAttention.Inputs in = AttentionRun.inputs(mask, shape);
        double[][] results = AttentionRun.of(kernel, mask, shape, in).results();
        double[][] values = {in.q(), in.k(), in.v()};
        double step = 1e-2;
        for (int tensor = 0; tensor < 3; tensor++) {
            for (int at = 7; at < values[tensor].length; at += values[tensor].length / 6) {
                double before = values[tensor][at];
                values[tensor][at] = before + step;
                double more = lossOf(mask, shape, in);
                values[tensor][at] = before - step;
                double less = lossOf(mask, shape, in);
                values[tensor][at] = before;
                assertThat(results[1 + tensor][at]).isCloseTo((more - less) / (2 * step), within(2e-3));
            }
        }
    }

    // The sum of out · dOut, whose gradient by out is dOut.
    private double lossOf(FlashMask mask, AttentionShape shape, PlainAttention.Inputs in) {
        double[] out = AttentionRun.of(kernel, mask, shape, in).results()[0];
        return IntStream.range(0, out.length)
                .mapToDouble(i -> out[i] * in.dOut()[i])
                .sum();
    }
}
