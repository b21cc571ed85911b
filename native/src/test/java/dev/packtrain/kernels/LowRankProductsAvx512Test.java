package dev.packtrain.kernels;

class LowRankProductsAvx512Test extends LowRankProductsContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.AVX512;
    }
}
