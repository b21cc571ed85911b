package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every variant of the AdamW kernel must do: give the bits of plain Java. */
abstract class FusedAdamWContractTest {
    private static final AdamWStep STEP = new AdamWStep(3, 3e-3, 0.9, 0.999, 1e-8, 0.1, 0.37);

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
            native_.step(kernel, hyper, 101, true);
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

    @Test
    void roundsTheBf16CopyToNearestEven() {
        // Halfway between two bf16 numbers (even below, odd below), just above and below, overflow, denormals, NaN.
        int[] bits = {
            0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff, 0xbf818000, 0x7f7fffff, 0x7f7f8000, 0xff7fffff,
            0x00000001, 0x00008000, 0x00018000, 0x80018001, 0x7f800000, 0xff800000, 0x7fc00001, 0x7f800001,
            0xffffffff, 0x00000000, 0x80000000
        };
        float[] values = new float[bits.length];
        for (int i = 0; i < bits.length; i++) {
            values[i] = Float.intBitsToFloat(bits[i]);
        }
        float[] zeros = new float[bits.length];
        AdamWReference reference = new AdamWReference(values, zeros.clone(), zeros.clone(), zeros.clone());
        // Learning rate 0 and no gradient: the parameter stays, and only its copy is seen.
        checkOneStep(reference, new AdamWStep(1, 0, 0.9, 0.999, 1e-8, 0, 1), 2);
    }

    @Test
    void leavesTheGradientAndAnAbsentCopyAlone() {
        AdamWReference reference = AdamWReference.random(19, new SplittableRandom(5));
        float[] gradBefore = reference.grad().clone();
        Buffers native_ = new Buffers(reference, 0);
        short[] copyBefore = native_.bf16.shorts();
        native_.step(kernel, STEP, 19, false);
        assertThat(native_.grad.floats()).containsExactly(gradBefore);
        assertThat(native_.bf16.shorts()).containsExactly(copyBefore);
    }

    @Test
    void refusesWhatWouldCrash() {
        assertThatThrownBy(() -> kernel.step(0, 8, 8, 8, 0, 1, STEP))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("address 0 for 1 params");
        assertThatThrownBy(() -> kernel.step(8, 8, 8, 8, 0, -1, STEP))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1 params");
        kernel.step(0, 0, 0, 0, 0, 0, STEP);
    }

    private void checkOneStep(AdamWReference reference, AdamWStep hyper, int misalignment) {
        Buffers native_ = new Buffers(reference, misalignment);
        native_.step(kernel, hyper, reference.param().length, true);
        reference.step(hyper);
        native_.checkEquals(reference);
    }

    /** The reference's state, copied to native memory. */
    private static final class Buffers {
        final FloatMemory param;
        final FloatMemory grad;
        final FloatMemory expAvg;
        final FloatMemory expAvgSq;
        final FloatMemory bf16;

        Buffers(AdamWReference from, int misalignment) {
            param = FloatMemory.of(from.param(), misalignment);
            grad = FloatMemory.of(from.grad(), misalignment);
            expAvg = FloatMemory.of(from.expAvg(), misalignment);
            expAvgSq = FloatMemory.of(from.expAvgSq(), misalignment);
            bf16 = FloatMemory.ofShorts(from.param().length, misalignment);
        }

        void step(FusedAdamW kernel, AdamWStep hyper, int numElements, boolean withCopy) {
            long copy = withCopy ? bf16.address() : 0;
            kernel.step(
                    param.address(), grad.address(), expAvg.address(), expAvgSq.address(), copy, numElements, hyper);
        }

        void checkEquals(AdamWReference reference) {
            // Float's equals: every NaN is the same, 0 and -0 are not.
            assertThat(param.floats()).containsExactly(reference.param());
            assertThat(expAvg.floats()).containsExactly(reference.expAvg());
            assertThat(expAvgSq.floats()).containsExactly(reference.expAvgSq());
            short[] copy = new short[reference.param().length];
            for (int i = 0; i < copy.length; i++) {
                copy[i] = AdamWReference.bf16(reference.param()[i]);
            }
            assertThat(bf16.shorts()).containsExactly(copy);
            assertThat(new FloatMemory[] {param, grad, expAvg, expAvgSq, bf16}).allMatch(FloatMemory::guardsIntact);
        }
    }
}
