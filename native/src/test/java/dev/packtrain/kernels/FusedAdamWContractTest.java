package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every variant of the AdamW kernel must do: give the bits of plain Java. */
abstract class FusedAdamWContractTest {
    private static final AdamWStep STEP = new AdamWStep(3, 3e-3, 0.9, 0.999, 1e-8, 0.1, 0.37);

    private static final int PAGE = WrittenPages.PAGE;

    private FusedAdamW kernel;

    abstract KernelVariant variant();

    @BeforeEach
    void createKernel() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
        kernel = new FusedAdamW(variant());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 100, 4097})
    void givesTheBitsOfPlainJavaForAnyLength(int numElements) {
        checkOneStep(AdamWReference.random(numElements, new SplittableRandom(numElements)), STEP, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 12, 31, 60})
    void worksAtAnyAddress(int misalignment) {
        checkOneStep(AdamWReference.random(77, new SplittableRandom(1)), STEP, misalignment);
    }

    @ParameterizedTest
    @CsvSource({"1, 1e-3, 0.9, 0.95, 1e-8, 0, 1", "1, 0, 0, 0, 1e-6, 0.1, 1", "1000000, 5e-5, 0.9, 0.999, 1e-8, 0.01, 0"
    })
    void givesTheBitsOfPlainJavaForAnyNumbers(
            long step, double lr, double beta1, double beta2, double eps, double decay, double scale) {
        AdamWStep hyper = new AdamWStep(step, lr, beta1, beta2, eps, decay, scale);
        checkOneStep(AdamWReference.random(333, new SplittableRandom(2)), hyper, 0);
    }

    @Test
    void followsPlainJavaOverManySteps() {
        AdamWReference reference = AdamWReference.random(101, new SplittableRandom(3));
        Buffers native_ = new Buffers(reference, 0);
        for (int step = 1; step <= 200; step++) {
            AdamWStep hyper = new AdamWStep(step, 1e-2 / step, 0.9, 0.999, 1e-8, 0.01, 1);
            reference.step(hyper);
            kernel.step(native_.fp32(), 0, 101, hyper);
        }
        native_.checkEquals(reference);
    }

    @Test
    void carriesNanAndInfinityToTheirElementsOnly() {
        AdamWReference reference = AdamWReference.random(40, new SplittableRandom(4));
        reference.grad()[5] = Float.NaN;
        reference.grad()[20] = Float.POSITIVE_INFINITY;
        reference.grad()[39] = Float.intBitsToFloat(0xffffffff);
        checkOneStep(reference, STEP, 0);
        assertThat(reference.param()[5]).isNaN();
        assertThat(reference.param()[20]).isNaN();
        assertThat(reference.param()[39]).isNaN();
        assertThat(reference.param()[6]).isFinite();
    }

    @ParameterizedTest
    @EnumSource
    void momentsOfElementsThatNeverHadAGradientTakeNoMemory(ElementType momentFormat) throws IOException {
        int numPages = 64;
        long numElements = (long) numPages * PAGE / momentFormat.bytes();
        long elementsOfPage = numElements / numPages;
        try (ZeroPages params = new ZeroPages(numElements * Float.BYTES);
                ZeroPages grads = new ZeroPages(numElements * Float.BYTES);
                ZeroPages first = new ZeroPages(numElements * momentFormat.bytes());
                ZeroPages second = new ZeroPages(numElements * momentFormat.bytes())) {
            AdamWBuffers buffers = new AdamWBuffers(
                    params.address(),
                    0,
                    grads.address(),
                    ElementType.FP32,
                    first.address(),
                    second.address(),
                    momentFormat);
            for (int step = 1; step <= 3; step++) {
                CollectiveCalls.putLong(
                        grads.address() + 5 * elementsOfPage * Float.BYTES, Float.floatToIntBits(step == 1 ? 1f : 0f));
                kernel.step(buffers, 0, numElements, new AdamWStep(step, 1e-2, 0.9, 0.999, 1e-8, 0.1, 1));
                assertThat(WrittenPages.count(first.address(), numPages)).isEqualTo(1);
                assertThat(WrittenPages.count(second.address(), numPages)).isEqualTo(1);
                assertThat(CollectiveCalls.getLong(first.address() + 5L * PAGE)).isNotZero();
            }
        }
    }

    @Test
    void aMasterWeightIsItsBf16AndARemainderBitForBit() {
        // Halfway between two bf16 numbers (even below, odd below), just above and below, overflow, denormals.
        int[] bits = {
            0x3f808000,
            0x3f818000,
            0x3f808001,
            0x3f807fff,
            0xbf818000,
            0x7f7fffff,
            0x7f7f8000,
            0xff7fffff,
            0x00000001,
            0x00008000,
            0x00018000,
            0x80018001,
            0x7f800000,
            0xff800000,
            0x3f800000,
            0x00000000,
            0x80000000
        };
        SplitWeights split = new SplitWeights(bits);
        float[] zeros = new float[bits.length];
        AdamWReference reference = new AdamWReference(split.values(), zeros.clone(), zeros.clone(), zeros.clone());
        Buffers native_ = new Buffers(reference, 0);
        // Learning rate 0 and no gradient: only reading and writing is seen.
        kernel.step(native_.split(split), 0, bits.length, new AdamWStep(1, 0, 0.9, 0.999, 1e-8, 0, 1));
        assertThat(split.bits()).containsExactly(bits);
        for (int i = 0; i < bits.length; i++) {
            assertThat(split.high.shorts()[i])
                    .as("%08x", bits[i])
                    .isEqualTo(AdamWReference.bf16(Float.intBitsToFloat(bits[i])));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 33, 4097})
    void splitWeightsTakeTheStepsOfFp32Ones(int numElements) {
        AdamWReference reference = AdamWReference.random(numElements, new SplittableRandom(6));
        SplitWeights split = SplitWeights.of(reference.param());
        Buffers native_ = new Buffers(reference, 0);
        for (int step = 1; step <= 20; step++) {
            AdamWStep hyper = new AdamWStep(step, 1e-2 / step, 0.9, 0.999, 1e-8, 0.01, 1);
            reference.step(hyper);
            kernel.step(native_.split(split), 0, numElements, hyper);
        }
        assertThat(split.values()).containsExactly(reference.param());
    }

    @Test
    void bf16GradientsCountAsTheirFp32() {
        AdamWReference reference = AdamWReference.random(77, new SplittableRandom(7));
        short[] halves = new short[77];
        for (int i = 0; i < 77; i++) {
            halves[i] = (short) (Float.floatToIntBits(reference.grad()[i]) >>> 16);
            reference.grad()[i] = Float.intBitsToFloat(halves[i] << 16);
        }
        Buffers native_ = new Buffers(reference, 0);
        FloatMemory grads = FloatMemory.ofShorts(halves, 2);
        AdamWBuffers fp32 = native_.fp32();
        kernel.step(
                new AdamWBuffers(
                        fp32.params(),
                        0,
                        grads.address(),
                        ElementType.BF16,
                        fp32.expAvg(),
                        fp32.expAvgSq(),
                        ElementType.FP32),
                0,
                77,
                STEP);
        reference.step(STEP);
        native_.checkEquals(reference);
    }

    @Test
    void bf16MomentsFollowFp32OnesOnAverage() {
        // The same gradient every step: v goes from 1 to 4, by less than half a bf16 unit a step.
        int numElements = 4099;
        FloatMemory mean = FloatMemory.ofShorts(filled(numElements, 1), 0);
        FloatMemory square = FloatMemory.ofShorts(filled(numElements, 1), 2);
        float[] grads = new float[numElements];
        Arrays.fill(grads, 2);
        FloatMemory params = FloatMemory.of(new float[numElements], 0);
        FloatMemory grad = FloatMemory.of(grads, 0);
        AdamWBuffers buffers = new AdamWBuffers(
                params.address(),
                0,
                grad.address(),
                ElementType.FP32,
                mean.address(),
                square.address(),
                ElementType.BF16);
        for (int step = 1; step <= 500; step++) {
            kernel.step(buffers, 0, numElements, new AdamWStep(step, 1e-3, 0.999, 0.999, 1e-8, 0, 1));
        }
        assertThat(average(mean)).isCloseTo(2 - Math.pow(0.999, 500), within(0.01));
        assertThat(average(square)).isCloseTo(4 - 3 * Math.pow(0.999, 500), within(0.01));
    }

    @Test
    void bf16MomentsHaveTheBitsOfThePortableVariantHoweverARangeIsSplit() {
        short[][] moments = new short[2][];
        for (int run = 0; run < 2; run++) {
            AdamWReference from = AdamWReference.random(1001, new SplittableRandom(8));
            Buffers native_ = new Buffers(from, 0);
            FloatMemory mean = FloatMemory.ofShorts(filled(1001, 0.01f), 0);
            FloatMemory square = FloatMemory.ofShorts(filled(1001, 1e-4f), 0);
            AdamWBuffers buffers = new AdamWBuffers(
                    native_.fp32().params(),
                    0,
                    native_.fp32().grads(),
                    ElementType.FP32,
                    mean.address(),
                    square.address(),
                    ElementType.BF16);
            FusedAdamW any = run == 0 ? kernel : new FusedAdamW(KernelVariant.PORTABLE);
            any.step(buffers, 0, run == 0 ? 1001 : 337, STEP);
            if (run == 1) {
                any.step(buffers, 337, 1001, STEP);
            }
            moments[run] = square.shorts();
            assertThat(mean.guardsIntact()).isTrue();
        }
        assertThat(moments[0]).containsExactly(moments[1]);
    }

    private static short[] filled(int numElements, float value) {
        short[] halves = new short[numElements];
        Arrays.fill(halves, (short) (Float.floatToIntBits(value) >>> 16));
        return halves;
    }

    private static double average(FloatMemory bf16) {
        double sum = 0;
        for (short half : bf16.shorts()) {
            sum += Float.intBitsToFloat(half << 16);
        }
        return sum / bf16.shorts().length;
    }

    @Test
    void leavesTheGradientAlone() {
        AdamWReference reference = AdamWReference.random(19, new SplittableRandom(5));
        float[] gradBefore = reference.grad().clone();
        Buffers native_ = new Buffers(reference, 0);
        kernel.step(native_.fp32(), 0, 19, STEP);
        assertThat(native_.grad.floats()).containsExactly(gradBefore);
    }

    @Test
    void refusesWhatWouldCrash() {
        assertThatThrownBy(() -> kernel.step(AdamWBuffers.fp32(0, 8, 8, 8), 0, 1, STEP))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("address 0 for 1 params");
        assertThatThrownBy(() -> kernel.step(AdamWBuffers.fp32(8, 8, 8, 8), 2, 1, STEP))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 to 1");
        kernel.step(AdamWBuffers.fp32(0, 0, 0, 0), 0, 0, STEP);
    }

    private void checkOneStep(AdamWReference reference, AdamWStep hyper, int misalignment) {
        Buffers native_ = new Buffers(reference, misalignment);
        kernel.step(native_.fp32(), 0, reference.param().length, hyper);
        reference.step(hyper);
        native_.checkEquals(reference);
    }

    /** The reference's state, copied to native memory. */
    private static final class Buffers {
        final FloatMemory param;
        final FloatMemory grad;
        final FloatMemory expAvg;
        final FloatMemory expAvgSq;

        Buffers(AdamWReference from, int misalignment) {
            param = FloatMemory.of(from.param(), misalignment);
            grad = FloatMemory.of(from.grad(), misalignment);
            expAvg = FloatMemory.of(from.expAvg(), misalignment);
            expAvgSq = FloatMemory.of(from.expAvgSq(), misalignment);
        }

        AdamWBuffers fp32() {
            return AdamWBuffers.fp32(param.address(), grad.address(), expAvg.address(), expAvgSq.address());
        }

        AdamWBuffers split(SplitWeights weights) {
            return new AdamWBuffers(
                    weights.high.address(),
                    weights.low.address(),
                    grad.address(),
                    ElementType.FP32,
                    expAvg.address(),
                    expAvgSq.address(),
                    ElementType.FP32);
        }

        void checkEquals(AdamWReference reference) {
            // Float's equals: every NaN is the same, 0 and -0 are not.
            assertThat(param.floats()).containsExactly(reference.param());
            assertThat(expAvg.floats()).containsExactly(reference.expAvg());
            assertThat(expAvgSq.floats()).containsExactly(reference.expAvgSq());
            assertThat(new FloatMemory[] {param, grad, expAvg, expAvgSq}).allMatch(FloatMemory::guardsIntact);
        }
    }
}
