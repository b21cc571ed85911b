package dev.packtrain.kernels;

class RankReductionPortableTest extends RankReductionContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.PORTABLE;
    }
}
