package dev.packtrain.jobs.bench;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The rate of libtorch's matrix product, which no kernel made of such products can pass for long. */
final class MatmulRate implements AutoCloseable {
    private static final int N = 2048;
    private static final double FLOPS = 2.0 * N * N * N;

    private final Kept kept = new Kept();
    private final Tensor aNN;
    private final Tensor bNN;

    MatmulRate(ScalarType dtype) {
        aNN = TensorScope.value(() -> kept.keep(torch.randn(N, N).to(dtype)));
        bNN = TensorScope.value(() -> kept.keep(torch.randn(N, N).to(dtype)));
    }

    /** Operations a second of one product of two {@code [2048, 2048]} matrices. */
    double measure() {
        return FLOPS / AttentionWork.seconds(() -> torch.mm(aNN, bNN));
    }

    @Override
    public void close() {
        kept.close();
    }
}
