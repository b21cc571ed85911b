package dev.packtrain.training.engine;

import org.bytedeco.pytorch.Tensor;

/**
 * Linear maps of one input between two cuts. It keeps nothing: the backward pass gets the input again. Called with
 * recording off.
 */
public interface Segment {
    /**
     * Recomputation calls it again within the pass: what it gives for the same input must then be the same bits.
     *
     * <p>From {@code [T, in]} to one {@code [T, out]} each.
     *
     * @param xTI untouched
     * @return new tensors, which the caller may change
     */
    Tensor[] apply(Tensor xTI);

    /**
     * Adds the gradients of what is trained here to their {@code .grad}.
     *
     * @param xTI as in {@link #apply}
     * @param gradients of the outputs, same order; untouched
     * @return gradient of the input, a new tensor
     */
    Tensor backward(Tensor xTI, Tensor... gradients);
}
