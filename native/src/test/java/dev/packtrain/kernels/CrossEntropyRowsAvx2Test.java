package dev.packtrain.kernels;

class CrossEntropyRowsAvx2Test extends CrossEntropyRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX2;
    }
}
