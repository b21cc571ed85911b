package dev.packtrain.training.engine;

import org.bytedeco.pytorch.Tensor;

/**
 * Brings together what the ranks that share layers have: adds up partial results (outputs of row-parallel linears and of
 * the embedding in the forward pass, gradients of the inputs of column-parallel linears and of the head in the backward
 * pass), and with sequence parallelism (Korthikanti et al. 2022, arXiv 2205.05198) keeps the residual stream in parts
 * along the sequence.
 *
 * <p>Without sequence parallelism every rank holds the whole stream: {@link #sum} is an all-reduce, {@link #whole} nothing,
 * and the scales of norms get their whole gradient on every rank. With it a rank holds an equal share of the rows of the
 * stream and of its gradient, padded with rows of zeros to a multiple of the ranks: {@link #sum} is a reduce-scatter and
 * {@link #whole} an all-gather. Norms then see the rows of their rank only, and so their scales' gradients are partial.
 * The padding is cut off by {@link #whole}, so nothing but norms ever computes with it, and for them it is zero.
 */
@FunctionalInterface
public interface PartialSums {
    /** One rank holds whole layers: nothing to add. */
    PartialSums WHOLE = partial -> partial;

    /**
     * Adds over the ranks.
     *
     * @param partialTE this rank's part of all rows; may be overwritten
     * @return this rank's rows of the sum, in {@code partialTE} or a new tensor, contiguous
     */
    Tensor sum(Tensor partialTE);

    /**
     * All rows.
     *
     * @param rowsTE this rank's rows, untouched
     * @param numTokens T
     * @return {@code [T, E]}, contiguous: {@code rowsTE} itself or a new tensor
     */
    default Tensor whole(Tensor rowsTE, long numTokens) {
        return rowsTE;
    }

    /** The token that this rank's first row of the stream is, of {@code numTokens}. */
    default long firstRow(long numTokens) {
        return 0;
    }

    /**
     * Adds up something small that is no stream: afterwards every rank has the whole sum, in place.
     *
     * @param partial contiguous, of the same shape and dtype on every rank
     */
    default void total(Tensor partial) {}
}
