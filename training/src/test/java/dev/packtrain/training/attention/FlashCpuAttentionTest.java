package dev.packtrain.training.attention;

class FlashCpuAttentionTest extends AttentionKernelContractTest {
    @Override
    AttentionKernel kernel() {
        return new FlashCpuAttention();
    }

    @Override
    boolean isFreeOfThreads() {
        return false;
    }

    @Override
    boolean takesAnyMask() {
        return false;
    }
}
