package dev.packtrain.kernels;

class FusedRowsAvx2Test extends FusedRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX2;
    }
}
