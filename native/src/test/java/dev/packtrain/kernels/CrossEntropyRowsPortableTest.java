package dev.packtrain.kernels;

class CrossEntropyRowsPortableTest extends CrossEntropyRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.PORTABLE;
    }
}
