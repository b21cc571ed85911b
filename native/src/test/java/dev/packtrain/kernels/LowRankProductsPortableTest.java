package dev.packtrain.kernels;

class LowRankProductsPortableTest extends LowRankProductsContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.PORTABLE;
    }
}
