package dev.packtrain.kernels;

/** What the elements of a reduction over ranks are. The numbers are those of rank_reduction.h. */
public enum ReductionType {
    /** 32-bit floating point. */
    FP32(0, 4),
    /** bfloat16; added in fp32. */
    BF16(1, 2),
    /** 64-bit floating point. */
    FP64(2, 8),
    /** Signed 64-bit integers; sums wrap around. */
    INT64(3, 8);

    private final int nativeId;
    private final int bytes;

    ReductionType(int nativeId, int bytes) {
        this.nativeId = nativeId;
        this.bytes = bytes;
    }

    /** Size of an element. */
    public int bytes() {
        return bytes;
    }

    int nativeId() {
        return nativeId;
    }
}
