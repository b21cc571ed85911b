package dev.packtrain.kernels;

class FusedAdamWPortableTest extends FusedAdamWContractTest {
    @Override
    KernelVariant variant() {
        return KernelVariant.PORTABLE;
    }
}
