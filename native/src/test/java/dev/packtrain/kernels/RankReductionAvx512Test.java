package dev.packtrain.kernels;

class RankReductionAvx512Test extends RankReductionContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX512;
    }
}
