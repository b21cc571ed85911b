package dev.packtrain.kernels;

class FusedAdamWAvx2Test extends FusedAdamWContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX2;
    }
}
