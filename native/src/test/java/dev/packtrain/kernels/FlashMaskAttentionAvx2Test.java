package dev.packtrain.kernels;

class FlashMaskAttentionAvx2Test extends FlashMaskAttentionContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.AVX2;
    }
}
