package dev.packtrain.kernels;

/** Number format of logits. The numbers are those of LogitsType in cross_entropy.h. */
public enum LogitsType {
    /** 32-bit floating point. */
    FP32(0),
    /** The upper half of fp32; results are rounded to nearest even. */
    BF16(1);

    private final int nativeId;

    LogitsType(int nativeId) {
        this.nativeId = nativeId;
    }

    int nativeId() {
        return nativeId;
    }
}
