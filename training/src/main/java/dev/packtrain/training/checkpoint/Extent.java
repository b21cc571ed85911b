package dev.packtrain.training.checkpoint;

import dev.packtrain.training.model.TensorSplit;
import java.util.Arrays;

/**
 * Some elements of a whole tensor: of its part {@code [from, from + length)} along {@code dim}, flattened in row-major
 * order, the run {@code [first, first + count)}.
 *
 * <p>Seen from the whole tensor these are stretches of {@code length · inner} elements, one for every index of the dims
 * before {@code dim}, of which the first and the last may be cut short; {@code inner} is the product of the dims behind.
 *
 * @param shape of the whole tensor
 * @param dim along which the part is cut; 0 for a scalar
 * @param from first index of the part
 * @param length of the part
 * @param first elements of the part before these
 * @param count number of elements
 */
record Extent(long[] shape, int dim, long from, long length, long first, long count) {
    /** Told of elements that two extents share. */
    @FunctionalInterface
    interface Overlap {
        /**
         * A stretch of them.
         *
         * @param here the first one, counted in this extent
         * @param there the same one, counted in the other extent
         * @param count number of elements
         */
        void shared(long here, long there, long count);
    }

    static Extent of(StatePiece piece) {
        TensorSplit split = piece.split();
        return new Extent(
                split.wholeShape(),
                split.dim(),
                split.from(),
                split.length(),
                piece.from(),
                piece.values().numel());
    }

    /** A whole tensor. */
    static Extent whole(long[] shape) {
        return new Extent(shape, 0, 0, shape.length == 0 ? 1 : shape[0], 0, product(shape, 0));
    }

    /** Some of these elements, counted from the first of them. */
    Extent part(long skipped, long partCount) {
        return new Extent(shape, dim, from, length, first + skipped, partCount);
    }

    /** Elements of the whole tensor. */
    long wholeCount() {
        return product(shape, 0);
    }

    /** Elements of the part that these are a run of. */
    long partCount() {
        return outer() * row();
    }

    /** Length of the whole tensor along {@link #dim}. */
    long wholeLength() {
        return shape.length == 0 ? 1 : shape[dim];
    }

    /** Whether numbers that someone else wrote fit together. */
    boolean isValid() {
        return Arrays.stream(shape).allMatch(size -> size >= 0)
                && dim >= 0
                && dim < Math.max(1, shape.length)
                && from >= 0
                && length >= 0
                && from <= wholeLength() - length
                && first >= 0
                && count >= 0
                && first <= partCount() - count;
    }

    /** Finds what this and another extent of the same tensor share, in rising order. */
    void overlap(Extent other, Overlap told) {
        if (dim == other.dim && from == other.from && length == other.length) {
            long begin = Math.max(first, other.first);
            long end = Math.min(end(), other.end());
            if (begin < end) {
                told.shared(begin - first, begin - other.first, end - begin);
            }
            return;
        }
        long here = first;
        while (here < end()) {
            long there = other.atOrAfter(wholeIndex(here));
            if (there >= other.end()) {
                return;
            }
            long whole = other.wholeIndex(there);
            here = atOrAfter(whole);
            if (here < end() && wholeIndex(here) == whole) {
                long shared = Math.min(stretchEnd(here) - here, other.stretchEnd(there) - there);
                told.shared(here - first, there - other.first, shared);
                here += shared;
            }
        }
    }

    private long end() {
        return first + count;
    }

    private long outer() {
        return product(Arrays.copyOf(shape, dim), 0);
    }

    private long inner() {
        return product(shape, dim + 1);
    }

    /** Elements of a stretch that is not cut short. */
    private long row() {
        return length * inner();
    }

    private long wholeRow() {
        return wholeLength() * inner();
    }

    /** Where an element of the part is in the whole tensor, flattened. */
    private long wholeIndex(long inPart) {
        return inPart / row() * wholeRow() + from * inner() + inPart % row();
    }

    /** The first element of this extent, counted in the part, that is not before one of the whole tensor. */
    private long atOrAfter(long whole) {
        long outerIndex = whole / wholeRow();
        long inRow = Math.max(0, whole % wholeRow() - from * inner());
        return Math.max(first, outerIndex * row() + Math.min(inRow, row()));
    }

    private long stretchEnd(long inPart) {
        return Math.min(end(), (inPart / row() + 1) * row());
    }

    private static long product(long[] sizes, int begin) {
        long product = 1;
        for (int i = begin; i < sizes.length; i++) {
            product = Math.multiplyExact(product, sizes[i]);
        }
        return product;
    }
}
