package dev.packtrain.training.attention;

class ReferenceAttentionTest extends AttentionKernelContractTest {
    @Override
    AttentionKernel kernel() {
        return new ReferenceAttention();
    }
}
