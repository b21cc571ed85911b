package dev.packtrain.kernels;

class FusedRowsPortableTest extends FusedRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.PORTABLE;
    }
}
