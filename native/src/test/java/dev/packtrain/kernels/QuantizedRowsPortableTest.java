package dev.packtrain.kernels;

class QuantizedRowsPortableTest extends QuantizedRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.PORTABLE;
    }
}
