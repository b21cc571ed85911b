package dev.packtrain.training.collectives;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * A contiguous tensor in the host's memory as the kernels see it, or just bytes.
 *
 * @param address of element 0
 * @param elements number of them
 * @param elementBytes size of one
 */
record Flat(long address, long elements, int elementBytes) {
    static Flat of(Tensor tensor) {
        return new Flat(address(tensor), tensor.numel(), (int) tensor.element_size());
    }

    /** The same memory by the byte. */
    static Flat bytesOf(Tensor tensor) {
        return new Flat(address(tensor), tensor.numel() * tensor.element_size(), 1);
    }

    private static long address(Tensor tensor) {
        Pointer data = tensor.data_ptr();
        // An empty tensor has no memory.
        return data == null ? 0 : data.address();
    }

    /** This memory as the part of a rank in a whole with as many elements as {@code like}, of which only that part exists. */
    Flat asPartOf(Flat like, int rank) {
        return new Flat(at(-rank * elements), like.elements, elementBytes);
    }

    long at(long element) {
        return address + element * elementBytes;
    }

    long bytes() {
        return elements * elementBytes;
    }

    /** Some elements of the whole. */
    record Span(long from, long elements) {}

    /**
     * What lies in a chunk of a rank's part.
     *
     * @param part elements of a rank's part; the last parts may be shorter, or empty
     * @param of the rank
     * @param offset of the chunk in the part
     * @param chunk its length; the last one may be shorter
     */
    Span span(long part, int of, long offset, long chunk) {
        long from = Math.min(of * part + offset, elements);
        long to = Math.min(Math.min(of * part + offset + chunk, (of + 1) * part), elements);
        return new Span(from, Math.max(0, to - from));
    }
}
