package dev.packtrain.kernels;

class QuantizedRowsAvx512Test extends QuantizedRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX512;
    }
}
