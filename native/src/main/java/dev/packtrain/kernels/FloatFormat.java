package dev.packtrain.kernels;

/** Number format of a buffer; kernels compute in fp32 whatever it is. The numbers are those of float_format.h. */
public enum FloatFormat {
    /** 32-bit floating point. */
    FP32(0),
    /** The upper half of fp32. */
    BF16(1);

    private final int nativeId;

    FloatFormat(int nativeId) {
        this.nativeId = nativeId;
    }

    int nativeId() {
        return nativeId;
    }
}
