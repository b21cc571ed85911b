package dev.packtrain.kernels;

/**
 * The functions of fused_rows_jni.cpp. {@code numbers} begins with variant, element type, threads (0: libtorch's), rows
 * and columns; what follows is said with each. Callers load the library and check arguments first.
 */
final class FusedCalls {
    private FusedCalls() {}

    /** … x, branch (0: none), weight, y, rstd. */
    static native void norm(long[] numbers, float eps);

    /** … x, weight, rstd, y. */
    static native void renorm(long[] numbers);

    /** … gradient of y, x, weight, rstd, stream, gradient of the weight. */
    static native void normGrad(long[] numbers);

    /** … x, cos, sin, row stride, heads; the columns are those of a head. */
    static native void rope(long[] numbers, float direction);

    /** … gate, up, y, row stride. */
    static native void swiglu(long[] numbers);

    /** … gradient of y, gate, up, row stride. */
    static native void swigluGrad(long[] numbers);
}
