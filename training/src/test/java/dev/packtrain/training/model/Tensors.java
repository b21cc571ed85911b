package dev.packtrain.training.model;

import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Measures for tests. */
public final class Tensors {
    private Tensors() {}

    /** {@code max|a − b| / max|b|}. */
    public static double relativeError(Tensor actual, Tensor expected) {
        return TensorScope.value(() -> {
            Tensor a = actual.detach().to(ScalarType.Double);
            Tensor b = expected.detach().to(ScalarType.Double);
            return a.sub(b).abs().max().item_double() / b.abs().max().item_double();
        });
    }

    /** {@code max|a − b|}. */
    public static double maxError(Tensor actual, Tensor expected) {
        return TensorScope.value(() -> actual.detach()
                .to(ScalarType.Double)
                .sub(expected.detach().to(ScalarType.Double))
                .abs()
                .max()
                .item_double());
    }
}
