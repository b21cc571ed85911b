package dev.packtrain.training.engine;

import org.bytedeco.pytorch.Tensor;

/**
 * Adds up partial results of the ranks that share a layer: outputs of row-parallel linears in the forward pass, gradients
 * of the inputs of column-parallel linears in the backward pass.
 *
 * <p>Parameters that every rank holds whole inside a branch (the scales of its norm) get a partial gradient on each rank:
 * whoever spreads a model over ranks adds those up before the optimizer's step.
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
