package dev.packtrain.kernels;

class FlashMaskAttentionAvx512Test extends FlashMaskAttentionContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.AVX512;
    }
}
