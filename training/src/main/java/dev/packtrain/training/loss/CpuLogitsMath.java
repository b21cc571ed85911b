package dev.packtrain.training.loss;

import dev.packtrain.kernels.CrossEntropyRows;
import dev.packtrain.kernels.LogitsType;
import org.bytedeco.pytorch.Tensor;

/** Fp32 and bf16 on the CPU: one pass over memory. */
final class CpuLogitsMath implements LogitsMath {
    private final CrossEntropyRows kernel = CrossEntropyRows.forThisMachine();
    private final LogitsType type;

    CpuLogitsMath(LogitsType type) {
        this.type = type;
    }

    @Override
    public double loss(Tensor logitsNV, int[] targets) {
        return kernel.loss(type, logitsNV.data_ptr().address(), logitsNV.size(1), targets);
    }

    @Override
    public double lossAndGradient(Tensor logitsNV, int[] targets, double scale) {
        return kernel.lossAndGradient(type, logitsNV.data_ptr().address(), logitsNV.size(1), targets, scale);
    }
}
