package dev.packtrain.training.device;

import dev.packtrain.kernels.ElementType;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What the kernels of this project call a dtype. */
public final class KernelFormat {
    private KernelFormat() {}

    /** Whether kernels take it: {@code Float} and {@code BFloat16} they do. */
    public static boolean has(ScalarType dtype) {
        return dtype == ScalarType.Float || dtype == ScalarType.BFloat16;
    }

    /**
     * The format of a dtype.
     *
     * @throws IllegalArgumentException if kernels do not take it
     */
    public static ElementType of(ScalarType dtype) {
        return switch (dtype) {
            case Float -> ElementType.FP32;
            case BFloat16 -> ElementType.BF16;
            default -> throw new IllegalArgumentException("kernels take Float and BFloat16, got " + dtype);
        };
    }

    /** The format of a tensor's elements. */
    public static ElementType of(Tensor tensor) {
        return of(tensor.scalar_type().intern());
    }
}
