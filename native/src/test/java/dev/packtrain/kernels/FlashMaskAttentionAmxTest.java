package dev.packtrain.kernels;

class FlashMaskAttentionAmxTest extends FlashMaskAttentionContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.AMX;
    }
}
