package dev.packtrain.training.quantize;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** Up to how many tokens the fused products are faster than libtorch's on panels: measured, see docs/quantization.md. */
final class FusedTokens {
    private static final long FP32 = 64;
    private static final long BF16 = 8;

    private FusedTokens() {}

    static long of(ScalarType dtype) {
        return dtype == ScalarType.BFloat16 ? BF16 : FP32;
    }
}
