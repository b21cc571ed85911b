package dev.packtrain.kernels;

/** What the elements of a buffer are; kernels compute in fp32 whatever it is. The numbers are those of element_type.h. */
public enum ElementType {
    /** 32-bit floating point. */
    FP32(0, 4),
    /** bfloat16: the upper half of an fp32 number. */
    BF16(1, 2);

    private final int nativeId;
    private final int bytes;

    ElementType(int nativeId, int bytes) {
        this.nativeId = nativeId;
        this.bytes = bytes;
    }

    /** Size of an element. */
    public int bytes() {
        return bytes;
    }

    /** The number that the native code knows it by. */
    int nativeId() {
        return nativeId;
    }
}
