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

/** What every variant of the squared norm must do: add in the documented order, so give the bits of plain Java. */
abstract class SquaredNormContractTest {
    private static final int NUM_LANES = 16;

    private SquaredNorm kernel;

    abstract KernelVariant variant();

    @BeforeEach
    void createKernel() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
        kernel = new SquaredNorm(variant());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,0", "15,4", "16,1", "17,0", "31,2", "100,60", "65537,0"})
    void givesTheBitsOfPlainJava(int numElements, int misalignment) {
        float[] values = values(numElements);
        FloatMemory memory = FloatMemory.of(values, misalignment);
        assertThat(kernel.of(ElementType.FP32, memory.address(), numElements)).isEqualTo(reference(values));
        assertThat(memory.guardsIntact()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1,2", "50,0", "65537,0"})
    void bf16CountsAsItsFp32(int numElements, int misalignment) {
        short[] halves = new short[numElements];
        float[] values = values(numElements);
        for (int i = 0; i < numElements; i++) {
            halves[i] = (short) (Float.floatToIntBits(values[i]) >>> 16);
            values[i] = Float.intBitsToFloat(halves[i] << 16);
        }
        FloatMemory memory = FloatMemory.ofShorts(halves, misalignment);
        assertThat(kernel.of(ElementType.BF16, memory.address(), numElements)).isEqualTo(reference(values));
    }

    @Test
    void longBuffersAreAddedInBlocks() {
        int block = 1 << 20;
        float[] values = values(2 * block + 77);
        double expected = reference(Arrays.copyOf(values, block))
                + reference(Arrays.copyOfRange(values, block, 2 * block))
                + reference(Arrays.copyOfRange(values, 2 * block, values.length));
        FloatMemory memory = FloatMemory.of(values, 0);
        assertThat(kernel.of(ElementType.FP32, memory.address(), values.length)).isEqualTo(expected);
    }

    @Test
    void isCloseToTheExactSum() {
        // The first and the last squares differ by a factor of 10^16: fp32 sums would lose the small ones.
        float[] values = new float[10_000];
        Arrays.fill(values, 1e-4f);
        values[0] = 1e4f;
        double exact = 1e8 + 9_999 * ((double) 1e-4f * 1e-4f);
        FloatMemory memory = FloatMemory.of(values, 0);
        assertThat(kernel.of(ElementType.FP32, memory.address(), values.length))
                .isCloseTo(exact, within(exact * 1e-13));
    }

    @Test
    void doesNotOverflowWhereTheSquareExceedsFp32() {
        FloatMemory memory = FloatMemory.of(new float[] {3e38f, 3e38f}, 0);
        assertThat(kernel.of(ElementType.FP32, memory.address(), 2)).isEqualTo(2 * (double) 3e38f * 3e38f);
    }

    @Test
    void passesNanAndInfinityOn() {
        float[] values = values(50);
        values[33] = Float.NEGATIVE_INFINITY;
        assertThat(kernel.of(ElementType.FP32, FloatMemory.of(values, 0).address(), 50))
                .isInfinite();
        values[49] = Float.NaN;
        assertThat(kernel.of(ElementType.FP32, FloatMemory.of(values, 0).address(), 50))
                .isNaN();
    }

    @Test
    void refusesWhatWouldCrash() {
        assertThatThrownBy(() -> kernel.of(ElementType.FP32, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kernel.of(ElementType.FP32, 8, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static float[] values(int numElements) {
        SplittableRandom random = new SplittableRandom(numElements);
        float[] values = new float[numElements];
        for (int i = 0; i < numElements; i++) {
            values[i] = (float) random.nextGaussian(0, 1e-3);
        }
        return values;
    }

    private static double reference(float[] values) {
        double[] lanes = new double[NUM_LANES];
        for (int i = 0; i < values.length; i++) {
            lanes[i % NUM_LANES] += (double) values[i] * values[i];
        }
        for (int width = NUM_LANES / 2; width > 0; width /= 2) {
            for (int k = 0; k < width; k++) {
                lanes[k] += lanes[k + width];
            }
        }
        return lanes[0];
    }
}
