package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.kernels.FusedAdamW;
import dev.packtrain.kernels.SquaredNorm;
import dev.packtrain.training.device.KernelFormat;
import org.bytedeco.pytorch.Tensor;

/** On the CPU: Packtrain's own kernels, one pass over memory each, on libtorch's threads. */
final class CpuFlatMath implements FlatMath {
    private final FusedAdamW adamW = FusedAdamW.forThisMachine();
    private final SquaredNorm squaredNorm = SquaredNorm.forThisMachine();

    @Override
    public boolean roundsMoments() {
        return true;
    }

    @Override
    public double squares(Tensor values) {
        return squaredNorm.of(KernelFormat.of(values), values.data_ptr().address(), values.numel());
    }

    @Override
    public void update(AdamWSlice slice, AdamWStep step) {
        adamW.step(slice.buffers(), slice.number(), slice.number() + slice.numElements(), step);
    }
}
