package dev.packtrain.training.loss;

import dev.packtrain.kernels.CrossEntropyRows;
import dev.packtrain.kernels.ElementType;
import org.bytedeco.pytorch.Tensor;

/** Fp32 and bf16 on the CPU: one pass over memory. */
final class CpuLogitsMath implements LogitsMath {
    private final CrossEntropyRows kernel = CrossEntropyRows.forThisMachine();
    private final ElementType format;

    CpuLogitsMath(ElementType format) {
        this.format = format;
    }

    @Override
    public double loss(Tensor logitsNV, int[] targets) {
        return kernel.loss(format, logitsNV.data_ptr().address(), logitsNV.size(1), targets);
    }

    @Override
    public double lossAndGradient(Tensor logitsNV, int[] targets, double scale) {
        return kernel.lossAndGradient(format, logitsNV.data_ptr().address(), logitsNV.size(1), targets, scale);
    }
}
