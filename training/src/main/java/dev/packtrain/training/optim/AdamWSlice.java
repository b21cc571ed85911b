package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWBuffers;
import dev.packtrain.training.device.KernelFormat;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A run of parameters with all that AdamW keeps of them: flat tensors of the same number of elements. A master weight is
 * fp32, or its bits are {@code (bf16 bits << 16) + remainder}, see {@link AdamWBuffers}.
 *
 * @param weights what the model computes with, fp32 or bf16
 * @param remainders with bf16 weights, the rest of the fp32 master weights, int16
 * @param grads gradients of the step, fp32 or bf16
 * @param first running mean of the gradients, fp32 or bf16
 * @param second running mean of their squares, fp32 or bf16
 * @param number of the first element: bf16 moments are rounded at random by the elements' numbers
 */
public record AdamWSlice(
        Tensor weights, Optional<Tensor> remainders, Tensor grads, Tensor first, Tensor second, long number) {
    private static final int BF16_SHIFT = 1 << 16;
    private static final int HALF_UNIT = 1 << 15;

    /** Elements of each tensor. */
    public long numElements() {
        return weights.numel();
    }

    /**
     * Part of this.
     *
     * @param from first element
     * @param to behind the last element
     */
    AdamWSlice range(long from, long to) {
        return new AdamWSlice(
                weights.narrow(0, from, to - from),
                remainders.map(tensor -> tensor.narrow(0, from, to - from)),
                grads.narrow(0, from, to - from),
                first.narrow(0, from, to - from),
                second.narrow(0, from, to - from),
                number + from);
    }

    /**
     * For kernels, which number elements from where buffers begin: with the start moved back, every element keeps the
     * number, and so the rounding, that it has in the whole model, wherever the slice is cut.
     */
    AdamWBuffers buffers() {
        return new AdamWBuffers(
                origin(weights),
                remainders.map(this::origin).orElse(0L),
                origin(grads),
                KernelFormat.of(grads),
                origin(first),
                origin(second),
                KernelFormat.of(first));
    }

    private long origin(Tensor tensor) {
        return tensor.data_ptr().address() - number * tensor.element_size();
    }

    /** The fp32 numbers that the optimizer changes; fp32 weights are a view of themselves. */
    Tensor masterWeights() {
        if (remainders.isEmpty()) {
            return weights;
        }
        Tensor high = weights.view(ScalarType.Short).to(ScalarType.Int).mul_(new Scalar(BF16_SHIFT));
        return high.add_(remainders.get()).view(ScalarType.Float);
    }

    /** Takes new master weights, fp32, as {@link #masterWeights()} gave them. */
    void masterWeights(Tensor master) {
        if (remainders.isEmpty()) {
            weights.copy_(master);
            return;
        }
        Tensor bits = master.view(ScalarType.Int);
        Tensor high = bits.add(new Scalar(HALF_UNIT)).bitwise_right_shift_(new Scalar(Short.SIZE));
        weights.view(ScalarType.Short).copy_(high);
        remainders.get().copy_(bits.sub(high.mul_(new Scalar(BF16_SHIFT))));
    }
}
