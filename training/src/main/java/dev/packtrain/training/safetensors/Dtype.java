package dev.packtrain.training.safetensors;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element types, named as in the format. */
public enum Dtype {
    BOOL(1, ScalarType.Bool),
    U8(1, ScalarType.Byte),
    I8(1, ScalarType.Char),
    I16(2, ScalarType.Short),
    F16(2, ScalarType.Half),
    BF16(2, ScalarType.BFloat16),
    I32(4, ScalarType.Int),
    F32(4, ScalarType.Float),
    I64(8, ScalarType.Long),
    F64(8, ScalarType.Double);

    private final int numBytes;
    private final ScalarType scalarType;

    Dtype(int numBytes, ScalarType scalarType) {
        this.numBytes = numBytes;
        this.scalarType = scalarType;
    }

    /** Bytes of one element. */
    public int numBytes() {
        return numBytes;
    }

    /** The same in libtorch. */
    public ScalarType scalarType() {
        return scalarType;
    }

    /** The one that libtorch calls {@code type}. */
    public static Dtype of(ScalarType type) {
        for (Dtype dtype : values()) {
            if (dtype.scalarType == type.intern()) {
                return dtype;
            }
        }
        throw new IllegalArgumentException("safetensors has no element type for " + type);
    }
}
