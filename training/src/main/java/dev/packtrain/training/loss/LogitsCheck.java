package dev.packtrain.training.loss;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.training.device.CheckNumbers;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.KernelAgreement;
import dev.packtrain.training.device.PassesCheck;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Cross-entropy of a GPU, of a whole vocabulary and of a rank's part, beside libtorch's operations in fp64.
 *
 * <p>Units of fp32 ({@link KernelAgreement}): logits are less than 20 apart, so an exponential is off by 4 · (1 + 20), one of the gradient and
 * those of the sum; a thread sums V/128 of them, then 5 lanes and 4 warps, and 7 more operations follow. The logarithm of the sum and the
 * target's distance from the largest logit are each below 32.
 */
public final class LogitsCheck implements PassesCheck {
    private static final int ROWS = 3;
    /** A block has 1,024 columns at a time; in an odd number of them the second row begins where 16 bytes cannot be read. */
    private static final int COLUMNS = 1_033;

    private static final double SCALE = 0.125;
    private static final int EXPONENTIAL_UNITS = 4 * (1 + 20);
    private static final int UNITS = 2 * EXPONENTIAL_UNITS + COLUMNS / 128 + 16;
    private static final double MOST_NATS = ROWS * (UNITS + 2 * 32) * 0x1p-24;

    @Override
    public void run(CudaPasses passes, TensorFactory memory, KernelAgreement agreement) {
        CheckNumbers numbers = new CheckNumbers(memory);
        Tensor wide = numbers.normal(ScalarType.Float, 11, ROWS, COLUMNS).mul_(new Scalar(2.0));
        VocabularyCut part = new Alone(100);
        for (ElementType format : new ElementType[] {ElementType.FP32, ElementType.BF16}) {
            Tensor logits = wide.to(format == ElementType.FP32 ? ScalarType.Float : ScalarType.BFloat16);
            check(
                    "cross_entropy",
                    new CudaLogitsMath(passes, format),
                    new TorchLogitsMath(),
                    new int[] {0, 517, COLUMNS - 1},
                    logits,
                    numbers,
                    agreement);
            check(
                    "softmax_part",
                    new CudaSharedLogitsMath(passes, part, format),
                    new TorchSharedLogitsMath(part),
                    new int[] {3, part.from(), part.from() + COLUMNS - 1},
                    logits,
                    numbers,
                    agreement);
        }
    }

    private static void check(
            String kernel,
            LogitsMath ours,
            LogitsMath wanted,
            int[] targets,
            Tensor logits,
            CheckNumbers numbers,
            KernelAgreement agreement) {
        Tensor there = numbers.there(logits);
        Tensor exact = CheckNumbers.exact(logits);
        double nats = wanted.loss(exact, targets);
        agreement.near(kernel, ours.loss(there, targets), nats, MOST_NATS);
        agreement.same(kernel, there, logits);
        wanted.lossAndGradient(exact, targets, SCALE);
        agreement.near(kernel, ours.lossAndGradient(there, targets, SCALE), nats, MOST_NATS);
        agreement.near(kernel, there, exact, 1, UNITS);
    }

    /** A rank whose part is all that there is: the others add nothing. */
    private record Alone(int from) implements VocabularyCut {
        @Override
        public int length() {
            return COLUMNS;
        }

        @Override
        public int largestLength() {
            return COLUMNS;
        }

        @Override
        public void max(Tensor tensor) {}

        @Override
        public void sum(Tensor tensor) {}

        @Override
        public Tensor gather(Tensor logitsNV) {
            return logitsNV.clone();
        }
    }
}
