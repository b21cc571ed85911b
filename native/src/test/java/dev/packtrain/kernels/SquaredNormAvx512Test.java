package dev.packtrain.kernels;

class SquaredNormAvx512Test extends SquaredNormContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX512;
    }
}
