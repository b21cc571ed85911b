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
    private final FlatParameters parameters;
    private final FusedAdamW adamW = FusedAdamW.forThisMachine();
    private final SquaredNorm squaredNorm = SquaredNorm.forThisMachine();

    CpuFlatMath(FlatParameters parameters) {
        this.parameters = parameters;
    }

    @Override
    public double gradNorm() {
        Tensor grads = parameters.mainGrads();
        return Math.sqrt(squaredNorm.of(format(grads), address(grads), parameters.numElements()));
    }

    @Override
    public void update(long from, long to, AdamWStep step, Moments moments) {
        AdamWBuffers buffers = new AdamWBuffers(
                address(parameters.weights()),
                parameters.remainders().map(CpuFlatMath::address).orElse(0L),
                address(parameters.mainGrads()),
                format(parameters.mainGrads()),
                address(moments.first()),
                address(moments.second()),
                format(moments.first()));
        adamW.step(buffers, from, to, step);
    }

    private static long address(Tensor tensor) {
        return tensor.data_ptr().address();
    }

    private static ElementType format(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.Float ? ElementType.FP32 : ElementType.BF16;
    }
}
