package dev.packtrain.kernels;

class FusedAdamWAvx512Test extends FusedAdamWContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.AVX512;
    }
}
