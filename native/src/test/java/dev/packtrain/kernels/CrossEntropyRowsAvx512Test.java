package dev.packtrain.kernels;

class CrossEntropyRowsAvx512Test extends CrossEntropyRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX512;
    }
}
