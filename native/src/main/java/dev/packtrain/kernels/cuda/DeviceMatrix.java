package dev.packtrain.kernels.cuda;

/**
 * A tensor {@code [rows, heads, D]} in a GPU's memory, D contiguous.
 *
 * @param address of the first element, a multiple of 16
 * @param rowStride elements from a row to the next, a multiple of 8
 * @param headStride elements from a head to the next, a multiple of 8
 */
public record DeviceMatrix(long address, long rowStride, long headStride) {
    /** Checks alignment, which the kernels rely on for accesses of 16 bytes. */
    public DeviceMatrix {
        boolean fits = rowStride <= Integer.MAX_VALUE && headStride <= Integer.MAX_VALUE;
        if (address % 16 != 0
                || rowStride % 8 != 0
                || headStride % 8 != 0
                || rowStride < 0
                || headStride < 0
                || !fits) {
            throw new IllegalArgumentException(
                    "A tensor for the GPU kernels has its first element at %#x with strides of %d and %d elements; wanted an address that is a multiple of 16 and strides below 2³¹ that are multiples of 8: make it contiguous."
                            .formatted(address, rowStride, headStride));
        }
    }
}
