package dev.packtrain.kernels;

class LowRankProductsAvx512Bf16Test extends LowRankProductsContractTest {
    @Override
    AttentionVariant variant() {
        return AttentionVariant.AVX512_BF16;
    }
}
