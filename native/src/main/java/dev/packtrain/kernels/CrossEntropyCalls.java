package dev.packtrain.kernels;

/** The function of cross_entropy_jni.cpp. Callers load the library and check arguments first. */
final class CrossEntropyCalls {
    private CrossEntropyCalls() {}

    /**
     * All rows, on the kernels' threads.
     *
     * @param format see {@link ElementType}
     * @param targets one a row
     * @param results of every row the sum of exponentials, then of every row the target's logit minus the largest
     */
    static native void rows(
            int variant,
            int format,
            long logits,
            long vocabSize,
            int[] targets,
            double[] results,
            boolean withGradient,
            float scale);
}
