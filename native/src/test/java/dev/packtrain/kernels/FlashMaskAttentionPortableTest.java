package dev.packtrain.kernels;

class FlashMaskAttentionPortableTest extends FlashMaskAttentionContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.PORTABLE;
    }
}
