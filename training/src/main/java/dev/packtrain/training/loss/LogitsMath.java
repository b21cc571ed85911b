package dev.packtrain.training.loss;

import dev.packtrain.kernels.ElementType;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What happens to a chunk of logits between the head's matrix products. */
interface LogitsMath {
    /**
     * The cross-entropy alone.
     *
     * @param logitsNV contiguous; left as they are
     * @param targets one a row, in the vocabulary
     * @return the sum over the rows, in nats: of the whole vocabulary, on every rank
     */
    double loss(Tensor logitsNV, int[] targets);

    /**
     * The cross-entropy, and {@code scale} times its gradient in place of the logits.
     *
     * @param logitsNV contiguous; receives the gradient, rounded to its dtype once
     * @param targets one a row, in the vocabulary
     * @return the sum over the rows, in nats, not scaled
     */
    double lossAndGradient(Tensor logitsNV, int[] targets, double scale);

    /** For a whole head: our kernel where it can work (fp32 and bf16 on the CPU), else libtorch's operations. */
    static LogitsMath of(Tensor like) {
        return hasKernel(like) ? new CpuLogitsMath(format(like)) : new TorchLogitsMath();
    }

    /** For the logits of this rank's tokens: likewise. */
    static LogitsMath shared(Tensor like, VocabularyCut vocabulary) {
        return hasKernel(like)
                ? new CpuSharedLogitsMath(vocabulary, format(like))
                : new TorchSharedLogitsMath(vocabulary);
    }

    private static boolean hasKernel(Tensor like) {
        ScalarType dtype = like.scalar_type().intern();
        return like.is_cpu() && (dtype == ScalarType.Float || dtype == ScalarType.BFloat16);
    }

    private static ElementType format(Tensor like) {
        return like.scalar_type().intern() == ScalarType.Float ? ElementType.FP32 : ElementType.BF16;
    }
}
