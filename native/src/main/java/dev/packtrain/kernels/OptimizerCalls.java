package dev.packtrain.kernels;

/** The functions of optimizer_jni.cpp. Callers load the library and check arguments first. */
final class OptimizerCalls {
    private OptimizerCalls() {}

    /**
     * AdamW in place, on the kernels' threads.
     *
     * @param addresses param, remainders (0: none), grad, expAvg, expAvgSq: of element 0
     * @param constants see {@link AdamWStep#toConstants}
     * @param seed of the rounding of bf16 moments
     */
    static native void adamW(
            int variant,
            long[] addresses,
            int gradFormat,
            int momentFormat,
            long from,
            long to,
            float[] constants,
            int seed);

    /** Sums of squares of blocks of {@code blockElements} elements, the last one shorter, on the kernels' threads. */
    static native void squaredNorms(
            int variant, int format, long address, long numElements, long blockElements, double[] sums);
}
