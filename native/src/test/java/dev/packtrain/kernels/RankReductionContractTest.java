package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.RankReduction.Operation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every variant of the reduction over ranks must do: give the bits of plain Java, in the order of the ranks. */
abstract class RankReductionContractTest {
    private RankReduction kernel;

    abstract KernelVariant variant();

    @BeforeEach
    void createKernel() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
        kernel = new RankReduction(variant());
    }

    @ParameterizedTest
    @CsvSource({"0,2,0", "1,1,0", "15,2,4", "16,3,1", "17,4,0", "1000,7,60", "65537,2,8"})
    void floatsAreAddedInTheOrderOfTheRanks(int numElements, int numRanks, int misalignment) {
        float[][] values = values(numRanks, numElements);
        FloatMemory output = FloatMemory.of(new float[numElements], misalignment);
        kernel.apply(
                Operation.SUM,
                ReductionType.FP32,
                ReductionType.FP32,
                addresses(ElementType.FP32, values, misalignment),
                output.address(),
                numElements);
        assertThat(output.floats()).isEqualTo(sums(values, numElements));
        assertThat(output.guardsIntact()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1,2,2", "31,3,0", "1000,4,6"})
    void bf16IsAddedInFp32AndRoundedOnce(int numElements, int numRanks, int misalignment) {
        float[][] values = values(numRanks, numElements);
        for (float[] ofRank : values) {
            for (int i = 0; i < numElements; i++) {
                ofRank[i] = Float.intBitsToFloat(AdamWReference.bf16(ofRank[i]) << 16);
            }
        }
        long[] sources = addresses(ElementType.BF16, values, misalignment);
        float[] sums = sums(values, numElements);
        FloatMemory wide = FloatMemory.of(new float[numElements], misalignment);
        kernel.apply(Operation.SUM, ReductionType.BF16, ReductionType.FP32, sources, wide.address(), numElements);
        assertThat(wide.floats()).isEqualTo(sums);
        // In place of the second rank.
        kernel.apply(Operation.SUM, ReductionType.BF16, ReductionType.BF16, sources, sources[1], numElements);
        for (int i = 0; i < numElements; i++) {
            assertThat(memories[1].shorts()[i]).isEqualTo(nearestEven(sums[i]));
        }
        assertThat(memories[1].guardsIntact()).isTrue();
    }

    private static short nearestEven(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }

    @Test
    void maximaKeepNan() {
        float[][] values = {
            {1, Float.NaN, -5, -0f, 9}, {2, 3, Float.NaN, -1, Float.NEGATIVE_INFINITY}, {0, 4, -7, -2, 8}
        };
        FloatMemory output = FloatMemory.of(new float[5], 0);
        kernel.apply(
                Operation.MAX,
                ReductionType.FP32,
                ReductionType.FP32,
                addresses(ElementType.FP32, values, 0),
                output.address(),
                5);
        assertThat(output.floats()).containsExactly(2, Float.NaN, Float.NaN, -0f, 9);
    }

    @ParameterizedTest
    @CsvSource({"1", "7", "8", "9", "1001"})
    void wideNumbersAreExact(int numElements) {
        ByteBuffer[] ranks = new ByteBuffer[3];
        long[] sources = new long[3];
        SplittableRandom random = new SplittableRandom(numElements);
        for (int r = 0; r < 3; r++) {
            ranks[r] = ByteBuffer.allocateDirect(8 * numElements).order(ByteOrder.nativeOrder());
            for (int i = 0; i < numElements; i++) {
                ranks[r].putLong(8 * i, random.nextLong());
            }
            sources[r] = DirectMemory.addressOf(ranks[r]);
        }
        ByteBuffer output = ByteBuffer.allocateDirect(8 * numElements + 8).order(ByteOrder.nativeOrder());
        output.putLong(8 * numElements, 77);
        long at = DirectMemory.addressOf(output);
        kernel.apply(Operation.SUM, ReductionType.INT64, ReductionType.INT64, sources, at, numElements);
        for (int i = 0; i < numElements; i++) {
            assertThat(output.getLong(8 * i))
                    .isEqualTo(ranks[0].getLong(8 * i) + ranks[1].getLong(8 * i) + ranks[2].getLong(8 * i));
        }
        kernel.apply(Operation.MAX, ReductionType.INT64, ReductionType.INT64, sources, at, numElements);
        for (int i = 0; i < numElements; i++) {
            assertThat(output.getLong(8 * i))
                    .isEqualTo(Math.max(
                            ranks[0].getLong(8 * i), Math.max(ranks[1].getLong(8 * i), ranks[2].getLong(8 * i))));
        }
        for (ByteBuffer rank : ranks) {
            for (int i = 0; i < numElements; i++) {
                rank.putDouble(8 * i, random.nextGaussian());
            }
        }
        kernel.apply(Operation.SUM, ReductionType.FP64, ReductionType.FP64, sources, at, numElements);
        for (int i = 0; i < numElements; i++) {
            assertThat(output.getDouble(8 * i))
                    .isEqualTo(ranks[0].getDouble(8 * i) + ranks[1].getDouble(8 * i) + ranks[2].getDouble(8 * i));
        }
        assertThat(output.getLong(8 * numElements)).isEqualTo(77);
    }

    @Test
    void refusesWhatWouldCrash() {
        long[] one = {64};
        assertThatThrownBy(() -> kernel.apply(Operation.SUM, ReductionType.FP32, ReductionType.BF16, one, 64, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FP32 cannot give BF16");
        assertThatThrownBy(() -> kernel.apply(Operation.SUM, ReductionType.FP32, ReductionType.FP32, one, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () -> kernel.apply(Operation.SUM, ReductionType.FP32, ReductionType.FP32, new long[0], 64, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private FloatMemory[] memories;

    private long[] addresses(ElementType type, float[][] values, int misalignment) {
        memories = new FloatMemory[values.length];
        long[] addresses = new long[values.length];
        for (int r = 0; r < values.length; r++) {
            memories[r] = FloatMemory.of(type, values[r], misalignment);
            addresses[r] = memories[r].address();
        }
        return addresses;
    }

    private static float[][] values(int numRanks, int numElements) {
        SplittableRandom random = new SplittableRandom(numElements);
        float[][] values = new float[numRanks][numElements];
        for (float[] ofRank : values) {
            for (int i = 0; i < numElements; i++) {
                ofRank[i] = (float) random.nextGaussian(0, Math.pow(10, random.nextInt(-3, 4)));
            }
        }
        return values;
    }

    private static float[] sums(float[][] values, int numElements) {
        float[] sums = new float[numElements];
        for (int i = 0; i < numElements; i++) {
            float sum = values[0][i];
            for (int r = 1; r < values.length; r++) {
                sum += values[r][i];
            }
            sums[i] = sum;
        }
        return sums;
    }
}
