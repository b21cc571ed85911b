package dev.packtrain.jobs.bench;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.WeightProduct;
import dev.packtrain.training.engine.GradientMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The rate of libtorch's matrix product, which no kernel made of such products can pass for long. */
final class MatmulRate implements AutoCloseable {
    private static final int ON_CPU = 2048;
    private static final int ON_GPU = 8192;

    private final DeviceClock clock;
    private final long n;
    private final Kept kept = new Kept();
    private final Tensor aNN;
    private final Tensor bNN;

    MatmulRate(ScalarType dtype, DeviceClock clock) {
        this.clock = clock;
        n = clock.device().kind() == ComputeDevice.Kind.CPU ? ON_CPU : ON_GPU;
        aNN = random(dtype);
        bNN = random(dtype);
    }

    private Tensor random(ScalarType dtype) {
        return TensorScope.value(() -> kept.keep(
                new TensorFactory(clock.device()).toDevice(torch.randn(n, n).to(dtype))));
    }

    /** Operations a second of one product of two square matrices: 2,048 rows on a CPU, 8,192 on a GPU. */
    double measure() {
        return 2.0 * n * n * n / clock.seconds(() -> product());
    }

    // The way a linear does it, so that the limit is that of the library that the step uses.
    private Tensor product() {
        return GradientMode.off(() -> WeightProduct.inputGradient(aNN, bNN));
    }

    @Override
    public void close() {
        kept.close();
    }
}
