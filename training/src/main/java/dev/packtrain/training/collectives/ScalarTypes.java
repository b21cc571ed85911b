package dev.packtrain.training.collectives;

import dev.packtrain.kernels.ReductionType;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element types of tensors as the collectives see them. */
final class ScalarTypes {
    private ScalarTypes() {}

    /**
     * Of a tensor that is to be summed.
     *
     * @throws IllegalArgumentException if that dtype cannot be
     */
    static ReductionType reduction(Tensor tensor) {
        ScalarType type = tensor.scalar_type().intern();
        return switch (type) {
            case Float -> ReductionType.FP32;
            case BFloat16 -> ReductionType.BF16;
            case Double -> ReductionType.FP64;
            case Long -> ReductionType.INT64;
            default -> throw new IllegalArgumentException("ranks add fp32, bf16, fp64 and int64, got " + type);
        };
    }

    static String name(Tensor tensor) {
        return tensor.scalar_type().intern().name().toLowerCase(Locale.ROOT);
    }
}
