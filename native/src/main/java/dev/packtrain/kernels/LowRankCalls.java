package dev.packtrain.kernels;

/**
 * The functions of low_rank_jni.cpp. {@code numbers}: variant, element type, threads (0: libtorch's), rows, columns, m, its
 * stride, what is projected (0: nothing), its stride, the factor (0: none), its stride, how many narrow matrices; and of each
 * of these: p (0: none), g (0: none), rank, elements from rank to rank, elements from column to column. Callers load the
 * library and check arguments first.
 */
final class LowRankCalls {
    private LowRankCalls() {}

    /** Projects m, adds its outer product with the factor to all g, or both. */
    static native void read(long[] numbers, float projectedScale, float factorScale);

    /** Adds the product of the factor and all p to m. */
    static native void add(long[] numbers, float factorScale);
}
