package dev.packtrain.kernels;

class FlashMaskAttentionAvx512Bf16Test extends FlashMaskAttentionContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.AVX512_BF16;
    }
}
