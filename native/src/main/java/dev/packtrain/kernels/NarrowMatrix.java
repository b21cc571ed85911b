package dev.packtrain.kernels;

/**
 * A matrix of few ranks and many columns in native memory, such as the A of a LoRA, or transposed, such as its B.
 *
 * @param address of {@code rank · cols} contiguous elements; 0 where a call does not use it
 * @param rank 1 to {@value LowRankProducts#MOST_RANKS}
 * @param isTransposed {@code [cols, rank]} rather than {@code [rank, cols]}
 */
public record NarrowMatrix(long address, long rank, boolean isTransposed) {
    public NarrowMatrix {
        if (rank < 1 || rank > LowRankProducts.MOST_RANKS) {
            throw new IllegalArgumentException("A kernel was given a narrow matrix of rank " + rank + "; give 1 to "
                    + LowRankProducts.MOST_RANKS + ".");
        }
    }

    /** Columns of its part of a factor. */
    public long paddedRank() {
        return LowRankProducts.padded(rank);
    }
}
