package dev.packtrain.training.loss;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.cuda.CrossEntropyCuda;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TensorFactory;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Fp32 and bf16 on a GPU: two readings of the logits, one writing of their gradient. */
final class CudaLogitsMath implements LogitsMath {
    private final CrossEntropyCuda kernel;
    private final CudaPasses passes;
    private final ElementType format;

    CudaLogitsMath(CudaPasses passes, ElementType format) {
        this.kernel = passes.kernels().crossEntropy();
        this.passes = passes;
        this.format = format;
    }

    @Override
    public double loss(Tensor logitsNV, int[] targets) {
        return nats(logitsNV, targets, (type, rows) -> kernel.loss(type, rows, passes.stream()));
    }

    @Override
    public double lossAndGradient(Tensor logitsNV, int[] targets, double scale) {
        return nats(logitsNV, targets, (type, rows) -> kernel.lossAndGradient(type, rows, scale, passes.stream()));
    }

    private double nats(Tensor logitsNV, int[] targets, BiConsumer<ElementType, CrossEntropyCuda.Rows> launch) {
        TensorFactory memory = TensorFactory.like(logitsNV);
        Tensor targetsN = memory.ints(targets);
        Tensor natsN = memory.empty(ScalarType.Float, targets.length);
        launch.accept(
                format,
                new CrossEntropyCuda.Rows(
                        logitsNV.data_ptr().address(),
                        targetsN.data_ptr().address(),
                        natsN.data_ptr().address(),
                        targets.length,
                        logitsNV.size(1)));
        return natsN.to(ScalarType.Double).sum().item_double();
    }
}
