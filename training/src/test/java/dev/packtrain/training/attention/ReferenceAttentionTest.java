package dev.packtrain.training.attention;

class ReferenceAttentionTest extends AttentionKernelContractTest {
    @Override
    AttentionKernel kernel() {
        return new ReferenceAttention();
    }

    @Override
    boolean isFreeOfThreads() {
        return false;
    }

    @Override
    boolean takesAnyMask() {
        return true;
    }
}
