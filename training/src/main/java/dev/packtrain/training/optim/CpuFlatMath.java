package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWBuffers;
import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedAdamW;
import dev.packtrain.kernels.SquaredNorm;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** On the CPU: Packtrain's own kernels, one pass over memory each, on libtorch's threads. */
final class CpuFlatMath implements FlatMath {
    private final FusedAdamW adamW = FusedAdamW.forThisMachine();
    private final SquaredNorm squaredNorm = SquaredNorm.forThisMachine();

    @Override
    public double squares(Tensor values) {
        return squaredNorm.of(format(values), values.data_ptr().address(), values.numel());
    }

    @Override
    public void update(AdamWSlice slice, AdamWStep step) {
        // The kernel numbers elements from the buffers' start: with the start moved back, every element keeps the
        // number, and so the rounding, that it has in the whole model, wherever the slice is cut.
        AdamWBuffers buffers = new AdamWBuffers(
                origin(slice.weights(), slice),
                slice.remainders().map(tensor -> origin(tensor, slice)).orElse(0L),
                origin(slice.grads(), slice),
                format(slice.grads()),
                origin(slice.first(), slice),
                origin(slice.second(), slice),
                format(slice.first()));
        adamW.step(buffers, slice.number(), slice.number() + slice.numElements(), step);
    }

    private static long origin(Tensor tensor, AdamWSlice slice) {
        return tensor.data_ptr().address() - slice.number() * tensor.element_size();
    }

    private static ElementType format(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.Float ? ElementType.FP32 : ElementType.BF16;
    }
}
