package dev.packtrain.kernels;

/** The functions of quantized_rows_jni.cpp. Callers load the library and check arguments first. */
final class QuantizedCalls {
    private QuantizedCalls() {}

    /**
     * Whole rows.
     *
     * @param numbers variant, element type, threads (0: libtorch's), rows, columns, bits, block, from, to, x, codes, scales
     * @param thresholds 15, then what the largest magnitude is divided by
     * @param order 16 codes
     */
    static native void quantize(long[] numbers, float[] thresholds, byte[] order);

    /**
     * Some rows.
     *
     * @param numbers of {@link QuantizedRows#numbers}, then first row, end row, first column, end column, y
     * @param values 16 of the codes, then 256 of scales' codes
     */
    static native void dequantize(long[] numbers, float[] values);

    /**
     * {@code x·Wᵀ}, or {@code x·W}.
     *
     * @param numbers of {@link QuantizedRows#numbers}, then tokens, x, y
     * @param values 16 of the codes, then 256 of scales' codes
     */
    static native void product(long[] numbers, float[] values, boolean transposed);
}
