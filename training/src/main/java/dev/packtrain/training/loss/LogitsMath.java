package dev.packtrain.training.loss;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.KernelFormat;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;

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

    /** For a whole head: our kernel where there is one (fp32 and bf16), else libtorch's operations. */
    static LogitsMath of(Tensor like) {
        if (!KernelFormat.has(like.scalar_type().intern())) {
            return new TorchLogitsMath();
        }
        ComputeDevice device = TensorFactory.like(like).device();
        return switch (device.kind()) {
            case CPU -> new CpuLogitsMath(KernelFormat.of(like));
            case CUDA ->
                CudaPasses.on(device)
                        .<LogitsMath>map(passes -> new CudaLogitsMath(passes, KernelFormat.of(like)))
                        .orElseGet(TorchLogitsMath::new);
        };
    }

    /** For the logits of this rank's tokens: likewise. */
    static LogitsMath shared(Tensor like, VocabularyCut vocabulary) {
        if (!KernelFormat.has(like.scalar_type().intern())) {
            return new TorchSharedLogitsMath(vocabulary);
        }
        ComputeDevice device = TensorFactory.like(like).device();
        return switch (device.kind()) {
            case CPU -> new CpuSharedLogitsMath(vocabulary, KernelFormat.of(like));
            case CUDA ->
                CudaPasses.on(device)
                        .<LogitsMath>map(passes -> new CudaSharedLogitsMath(passes, vocabulary, KernelFormat.of(like)))
                        .orElseGet(() -> new TorchSharedLogitsMath(vocabulary));
        };
    }
}
