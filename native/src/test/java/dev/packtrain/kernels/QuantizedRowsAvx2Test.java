package dev.packtrain.kernels;

class QuantizedRowsAvx2Test extends QuantizedRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX2;
    }
}
