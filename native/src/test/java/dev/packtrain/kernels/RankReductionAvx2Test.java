package dev.packtrain.kernels;

class RankReductionAvx2Test extends RankReductionContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX2;
    }
}
