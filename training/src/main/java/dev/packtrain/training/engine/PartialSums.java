package dev.packtrain.training.engine;

import org.bytedeco.pytorch.Tensor;

/**
 * Adds up partial results of the ranks that share a layer: outputs of row-parallel linears in the forward pass, gradients
 * of the inputs of column-parallel linears in the backward pass.
 *
 * <p>Both are summed before anything else sees them, so the scales of norms, which every rank holds whole, get the whole
 * gradient on every rank.
 */
@FunctionalInterface
public interface PartialSums {
    /** One rank holds whole layers: nothing to add. */
    PartialSums WHOLE = partial -> partial;

    /**
     * Adds over the ranks.
     *
     * @param partialTE this rank's part
     * @return the sum, in {@code partialTE} or a new tensor
     */
    Tensor sum(Tensor partialTE);
}
