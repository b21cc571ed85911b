package dev.packtrain.kernels;

class SquaredNormPortableTest extends SquaredNormContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.PORTABLE;
    }
}
