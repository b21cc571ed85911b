package dev.packtrain.kernels;

/**
 * A tensor {@code [rows, heads, headDim]} in native memory, which may be a view: the element {@code [r, h, d]} is element
 * {@code r · rowStride + h · headStride + d} after the address.
 *
 * @param address of element {@code [0, 0, 0]}, not 0
 * @param rowStride in elements; for bf16 even
 * @param headStride in elements; for bf16 even
 */
public record HeadTensor(long address, long rowStride, long headStride) {
    /** One whose elements follow one another. */
    public static HeadTensor contiguous(long address, int numHeads, int headDim) {
        return new HeadTensor(address, (long) numHeads * headDim, headDim);
    }

    void require(String what, ElementType type) {
        if (address == 0) {
            throw new IllegalArgumentException("Attention was given address 0 for " + what
                    + "; give the address of the native memory that holds it.");
        }
        if (type == ElementType.BF16 && ((rowStride | headStride) & 1) != 0) {
            throw new IllegalArgumentException(
                    "Attention was given bf16 strides of %d a row and %d a head for %s; give even ones, or a contiguous copy."
                            .formatted(rowStride, headStride, what));
        }
    }

    void putInto(long[] tensors, int at) {
        tensors[at] = address;
        tensors[at + 1] = rowStride;
        tensors[at + 2] = headStride;
    }
}
