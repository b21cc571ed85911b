package dev.packtrain.training.attention;

class SdpaAttentionTest extends AttentionKernelContractTest {
    @Override
    AttentionKernel kernel() {
        return new SdpaAttention();
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
