package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every variant must do: equal a softmax in fp64, and give the bits of the portable variant. */
abstract class CrossEntropyRowsContractTest {
    private static final double SCALE = 0.37;
    private static final double FP32_SOFTMAX = 2e-6;

    private CrossEntropyRows kernel;

    abstract KernelVariant variant();

    @BeforeEach
    void createKernel() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
        kernel = new CrossEntropyRows(variant());
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "1,2,4", "3,15,0", "2,16,4", "5,17,0", "4,1024,0", "2,1041,0", "3,5003,60", "1,128256,0"})
    void fp32EqualsASoftmaxInFp64(int numRows, int vocab, int misalignment) {
        float[] logits = logits(numRows * vocab, 4);
        int[] targets = targets(numRows, vocab);
        FloatMemory memory = FloatMemory.of(logits, misalignment);
        assertThat(kernel.loss(ElementType.FP32, memory.address(), vocab, targets))
                .isCloseTo(loss(logits, vocab, targets), within(numRows * 1e-5));
        assertThat(memory.floats()).isEqualTo(logits);
        kernel.lossAndGradient(ElementType.FP32, memory.address(), vocab, targets, SCALE);
        double[] expected = gradient(logits, vocab, targets);
        float[] got = memory.floats();
        for (int i = 0; i < got.length; i++) {
            assertThat((double) got[i]).isCloseTo(expected[i], within(FP32_SOFTMAX * Math.abs(expected[i]) + 1e-8));
        }
        assertThat(memory.guardsIntact()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "3,31,2", "2,4099,0"})
    void bf16IsTheSoftmaxOfItsLogitsRoundedOnce(int numRows, int vocab, int misalignment) {
        float[] logits = logits(numRows * vocab, 4);
        FloatMemory memory = bf16(logits, misalignment);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = fp32(memory.shorts()[i]);
        }
        int[] targets = targets(numRows, vocab);
        assertThat(kernel.lossAndGradient(ElementType.BF16, memory.address(), vocab, targets, SCALE))
                .isCloseTo(loss(logits, vocab, targets), within(numRows * 1e-5));
        double[] expected = gradient(logits, vocab, targets);
        short[] got = memory.shorts();
        for (int i = 0; i < got.length; i++) {
            double rounding = Math.abs(expected[i]) * (0x1p-8 + FP32_SOFTMAX) + 1e-8;
            assertThat((double) fp32(got[i])).isCloseTo(expected[i], within(rounding));
        }
        assertThat(memory.guardsIntact()).isTrue();
    }

    /** A vocabulary in two parts, whose statistics are put together as ranks would: the whole vocabulary's gradient. */
    @ParameterizedTest
    @CsvSource({"FP32,1,3,2", "FP32,3,5003,17", "FP32,2,1041,1040", "BF16,3,4099,2048", "BF16,2,31,15"})
    void partsTogetherAreTheWhole(ElementType format, int numRows, int vocab, int cut) {
        float[] logits = logits(numRows * vocab, 30);
        int[] targets = targets(numRows, vocab);
        FloatMemory whole = memory(format, logits);
        double expected = kernel.lossAndGradient(format, whole.address(), vocab, targets, SCALE);
        Part[] parts = {
            new Part(format, logits, vocab, 0, cut, targets), new Part(format, logits, vocab, cut, vocab, targets)
        };
        float[] largest = new float[numRows];
        double[] sums = new double[numRows];
        double nats = 0;
        for (int row = 0; row < numRows; row++) {
            largest[row] = Math.max(
                    parts[0].statistics.largest()[row], parts[1].statistics.largest()[row]);
            double margin = -largest[row];
            for (Part part : parts) {
                sums[row] +=
                        part.statistics.sums()[row] * Math.exp(part.statistics.largest()[row] - largest[row]);
                margin += part.statistics.targetLogits()[row];
            }
            nats += Math.log(sums[row]) - margin;
        }
        assertThat(nats).isCloseTo(expected, within(1e-5 * numRows));
        for (Part part : parts) {
            part.mustBe(whole, vocab, largest, sums);
        }
    }

    private final class Part {
        private final ElementType format;
        private final int from;
        private final int length;
        private final int[] targets;
        private final FloatMemory memory;
        private final CrossEntropyRows.PartStatistics statistics;

        Part(ElementType format, float[] logits, int vocab, int from, int to, int[] targets) {
            this.format = format;
            this.from = from;
            length = to - from;
            this.targets = Arrays.stream(targets)
                    .map(target -> target >= from && target < to ? target - from : -1)
                    .toArray();
            float[] mine = new float[targets.length * length];
            for (int row = 0; row < targets.length; row++) {
                System.arraycopy(logits, row * vocab + from, mine, row * length, length);
            }
            memory = memory(format, mine);
            statistics = kernel.statistics(format, memory.address(), length, this.targets);
        }

        void mustBe(FloatMemory whole, int vocab, float[] largest, double[] sums) {
            kernel.partGradient(format, memory.address(), length, targets, largest, sums, SCALE);
            double[] all = values(format, whole);
            double[] mine = values(format, memory);
            for (int row = 0; row < targets.length; row++) {
                for (int i = 0; i < length; i++) {
                    double expected = all[row * vocab + from + i];
                    double unit = format == ElementType.FP32 ? FP32_SOFTMAX : 0x1p-8 + FP32_SOFTMAX;
                    assertThat(mine[row * length + i]).isCloseTo(expected, within(unit * Math.abs(expected) + 1e-8));
                }
            }
            assertThat(memory.guardsIntact()).isTrue();
        }
    }

    private static FloatMemory memory(ElementType format, float[] logits) {
        return format == ElementType.FP32 ? FloatMemory.of(logits, 0) : bf16(logits, 0);
    }

    private static double[] values(ElementType format, FloatMemory memory) {
        float[] floats = format == ElementType.FP32 ? memory.floats() : null;
        short[] shorts = format == ElementType.FP32 ? null : memory.shorts();
        double[] values = new double[format == ElementType.FP32 ? floats.length : shorts.length];
        Arrays.setAll(values, i -> floats != null ? floats[i] : fp32(shorts[i]));
        return values;
    }

    @Test
    void partsGiveTheBitsOfThePortableVariant() {
        int columns = 7001;
        float[] logits = logits(3 * columns, 30);
        int[] targets = {-1, columns - 1, 17};
        FloatMemory ours = FloatMemory.of(logits, 4);
        FloatMemory plain = FloatMemory.of(logits, 0);
        CrossEntropyRows portable = new CrossEntropyRows(KernelVariant.PORTABLE);
        CrossEntropyRows.PartStatistics expected =
                portable.statistics(ElementType.FP32, plain.address(), columns, targets);
        CrossEntropyRows.PartStatistics got = kernel.statistics(ElementType.FP32, ours.address(), columns, targets);
        assertThat(got.largest()).isEqualTo(expected.largest());
        assertThat(got.sums()).isEqualTo(expected.sums());
        assertThat(got.targetLogits()).isEqualTo(expected.targetLogits());
        float[] largest = expected.largest();
        portable.partGradient(ElementType.FP32, plain.address(), columns, targets, largest, expected.sums(), SCALE);
        kernel.partGradient(ElementType.FP32, ours.address(), columns, targets, largest, expected.sums(), SCALE);
        assertThat(ours.floats()).isEqualTo(plain.floats());
    }

    @Test
    void whatCannotBeAPartIsRefused() {
        FloatMemory memory = FloatMemory.of(logits(8, 1), 0);
        assertThatThrownBy(() -> kernel.statistics(ElementType.FP32, memory.address(), 4, new int[] {-2, 0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Target -2 of row 0");
        assertThatThrownBy(() -> kernel.partGradient(
                        ElementType.FP32, memory.address(), 4, new int[] {0, 1}, new float[1], new double[2], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 rows have 1 maxima");
    }

    @Test
    void givesTheBitsOfThePortableVariant() {
        int vocab = 7001;
        float[] logits = logits(3 * vocab, 30);
        logits[17] = Float.NEGATIVE_INFINITY;
        int[] targets = {0, vocab - 1, 17};
        FloatMemory ours = FloatMemory.of(logits, 4);
        FloatMemory portable = FloatMemory.of(logits, 0);
        double expected = new CrossEntropyRows(KernelVariant.PORTABLE)
                .lossAndGradient(ElementType.FP32, portable.address(), vocab, targets, SCALE);
        assertThat(kernel.lossAndGradient(ElementType.FP32, ours.address(), vocab, targets, SCALE))
                .isEqualTo(expected);
        assertThat(ours.floats()).isEqualTo(portable.floats());
    }

    @Test
    void logitsFarApartNeitherOverflowNorVanish() {
        FloatMemory memory = FloatMemory.of(new float[] {3e38f, -3e38f, 0, 1e4f, 1e4f, 1e4f}, 0);
        double nats = kernel.lossAndGradient(ElementType.FP32, memory.address(), 3, new int[] {0, 1}, 1);
        assertThat(nats).isCloseTo(Math.log(3), within(1e-6));
        float[] gradient = memory.floats();
        assertThat(gradient[0]).isZero();
        assertThat(gradient[1]).isZero();
        assertThat((double) gradient[4]).isCloseTo(-2.0 / 3, within(1e-6));
    }

    @Test
    void nanAndInfinityMakeTheLossNan() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] logits = logits(40, 1);
            logits[33] = bad;
            FloatMemory memory = FloatMemory.of(logits, 0);
            assertThat(kernel.loss(ElementType.FP32, memory.address(), 40, new int[] {3}))
                    .isNaN();
        }
    }

    @Test
    void refusesWhatWouldCrash() {
        FloatMemory memory = FloatMemory.of(new float[4], 0);
        assertThatThrownBy(() -> kernel.loss(ElementType.FP32, memory.address(), 4, new int[] {4}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Target 4 of row 0 is outside the vocabulary of 4.");
        assertThatThrownBy(() -> kernel.loss(ElementType.FP32, memory.address(), 4, new int[] {-100}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.loss(ElementType.FP32, 0, 4, new int[] {1}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(kernel.loss(ElementType.FP32, 0, 4, new int[0])).isZero();
    }

    private static float[] logits(int count, double deviation) {
        SplittableRandom random = new SplittableRandom(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian(0, deviation);
        }
        return values;
    }

    /** The first id, the last, then others. */
    private static int[] targets(int numRows, int vocab) {
        int[] targets = new int[numRows];
        for (int row = 0; row < numRows; row++) {
            targets[row] = row == 0 ? 0 : row == 1 ? vocab - 1 : row * 7919 % vocab;
        }
        return targets;
    }

    private static double loss(float[] logits, int vocab, int[] targets) {
        double nats = 0;
        for (int row = 0; row < targets.length; row++) {
            nats += logSumExp(logits, row * vocab, vocab) - logits[row * vocab + targets[row]];
        }
        return nats;
    }

    private static double[] gradient(float[] logits, int vocab, int[] targets) {
        double[] gradient = new double[logits.length];
        for (int row = 0; row < targets.length; row++) {
            double lse = logSumExp(logits, row * vocab, vocab);
            for (int i = 0; i < vocab; i++) {
                double probability = Math.exp(logits[row * vocab + i] - lse);
                gradient[row * vocab + i] = (probability - (i == targets[row] ? 1 : 0)) * SCALE;
            }
        }
        return gradient;
    }

    private static double logSumExp(float[] logits, int begin, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, logits[begin + i]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(logits[begin + i] - max);
        }
        return max + Math.log(sum);
    }

    private static FloatMemory bf16(float[] values, int misalignment) {
        short[] halves = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            halves[i] = (short) (Float.floatToIntBits(values[i]) >>> 16);
        }
        return FloatMemory.ofShorts(halves, misalignment);
    }

    private static float fp32(short bf16) {
        return Float.intBitsToFloat(bf16 << 16);
    }
}
