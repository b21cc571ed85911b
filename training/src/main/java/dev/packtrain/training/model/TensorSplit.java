package dev.packtrain.training.model;

import java.util.Arrays;

/**
 * Which part of a whole tensor a rank holds: the slice {@code [from, from + length)} along one dim.
 *
 * @param wholeShape of the tensor in a Hugging Face checkpoint
 * @param dim along which it is cut; 0 where it is whole
 * @param from first index of this rank's part along {@code dim}
 * @param length of this rank's part along {@code dim}
 * @param numCopies consecutive tensor-parallel ranks that hold this very part, this one included
 */
public record TensorSplit(long[] wholeShape, int dim, long from, long length, int numCopies) {
    /** A whole tensor in one process. */
    public static TensorSplit whole(long[] shape) {
        return whole(shape, 1);
    }

    /** A whole tensor on each of so many tensor-parallel ranks. */
    public static TensorSplit whole(long[] shape, int numCopies) {
        return new TensorSplit(shape.clone(), 0, 0, shape.length == 0 ? 1 : shape[0], numCopies);
    }

    /** Shape of this rank's part. */
    public long[] shape() {
        long[] shape = wholeShape.clone();
        if (shape.length > 0) {
            shape[dim] = length;
        }
        return shape;
    }

    /** Elements of the whole tensor. */
    public long wholeElements() {
        return Arrays.stream(wholeShape).reduce(1, Math::multiplyExact);
    }

    /** Whether this rank holds all of it. */
    public boolean isWhole() {
        return Arrays.equals(shape(), wholeShape);
    }
}
