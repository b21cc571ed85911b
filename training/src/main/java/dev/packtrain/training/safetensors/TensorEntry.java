package dev.packtrain.training.safetensors;

/**
 * One tensor of a file.
 *
 * @param name unique in the file
 * @param dtype element type
 * @param shape dims; empty for a scalar
 * @param begin first byte, from the start of the data
 * @param end byte after the last, from the start of the data
 */
public record TensorEntry(String name, Dtype dtype, long[] shape, long begin, long end) {
    /** Size in bytes. */
    public long numBytes() {
        return end - begin;
    }
}
