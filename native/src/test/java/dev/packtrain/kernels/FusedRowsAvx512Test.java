package dev.packtrain.kernels;

class FusedRowsAvx512Test extends FusedRowsContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX512;
    }
}
