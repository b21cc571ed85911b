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

    /**
     * All rows of a part of the columns.
     *
     * @param targets one a row, −1 where another part holds it
     * @param maxima of every row the largest logit, then of every row the target's: written, or read for the gradient
     * @param sums of every row: written, or read for the gradient
     * @param gradient whether to replace the logits by the gradient; else they are read for the statistics
     */
    static native void part(
            int variant,
            int format,
            long logits,
            long columns,
            int[] targets,
            float[] maxima,
            double[] sums,
            boolean gradient,
            float scale);
}
