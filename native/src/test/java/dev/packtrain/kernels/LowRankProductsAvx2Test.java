package dev.packtrain.kernels;

class LowRankProductsAvx2Test extends LowRankProductsContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.AVX2;
    }
}
