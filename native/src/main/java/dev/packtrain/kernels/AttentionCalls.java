package dev.packtrain.kernels;

/** The functions of attention_jni.cpp. Callers load the library and check arguments first. */
final class AttentionCalls {
    private AttentionCalls() {}

    /**
     * Copies a mask and its tiles to native memory.
     *
     * @param intervals lower starts and ends, upper starts and ends, each {@code [numKeys]}
     * @param lists starts and tiles by row, starts and tiles by key
     * @return a handle for {@link #destroyPlan}; 0 if there was no memory
     */
    static native long createPlan(int numRows, int numKeys, boolean causal, int[][] intervals, int[][] lists);

    /** Frees a plan and its workspace. */
    static native void destroyPlan(long plan);

    /**
     * Writes o and lse.
     *
     * @param shape numHeads, numKvHeads, headDim, numThreads
     * @param tensors address, row stride and head stride of q, k, v, o, then the address of lse
     * @return false if there was no memory for the workspace
     */
    static native boolean forward(int variant, boolean bf16, long plan, int[] shape, float scale, long[] tensors);

    /**
     * Writes dq, dk and dv.
     *
     * @param shape numHeads, numKvHeads, headDim, numThreads
     * @param tensors address, row stride and head stride of q, k, v, o, the address of lse, then dO, dq, dk, dv
     * @return false if there was no memory for the workspace
     */
    static native boolean backward(int variant, boolean bf16, long plan, int[] shape, float scale, long[] tensors);
}
