package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.kernels.cuda.FlatCuda;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.KernelFormat;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** On a GPU: Packtrain's own kernels, one pass over memory each, with the bits of {@link CpuFlatMath}'s update. */
final class CudaFlatMath implements FlatMath {
    private final FlatCuda kernels;
    private final CudaPasses passes;

    CudaFlatMath(CudaPasses passes) {
        this.kernels = passes.kernels().flat();
        this.passes = passes;
    }

    @Override
    public boolean roundsMoments() {
        return true;
    }

    @Override
    public double squares(Tensor values) {
        return TensorScope.value(() -> {
            int numSums = FlatCuda.numSums(values.numel());
            Tensor sums = TensorFactory.like(values).empty(ScalarType.Double, numSums);
            kernels.squares(
                    KernelFormat.of(values),
                    values.data_ptr().address(),
                    values.numel(),
                    sums.data_ptr().address(),
                    passes.stream());
            return sums.sum().item_double();
        });
    }

    @Override
    public void update(AdamWSlice slice, AdamWStep step) {
        kernels.adamW(slice.buffers(), slice.number(), slice.number() + slice.numElements(), step, passes.stream());
    }
}
