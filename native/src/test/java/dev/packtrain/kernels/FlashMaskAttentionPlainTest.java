package dev.packtrain.kernels;

class FlashMaskAttentionPlainTest extends FlashMaskAttentionContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.PLAIN;
    }
}
