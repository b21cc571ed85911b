package dev.packtrain.kernels;

class SquaredNormAvx2Test extends SquaredNormContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX2;
    }
}
