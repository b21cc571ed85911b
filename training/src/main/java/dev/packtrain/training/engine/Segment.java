package dev.packtrain.training.engine;

import dev.packtrain.training.device.TensorScope;
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

    /**
     * {@link #backward} where nobody wants the gradient of the input, because nothing before this segment is trained. This one
     * computes it all the same; override it where that can be left out. Gradients of what is trained are the same bits.
     */
    default void addGradients(Tensor xTI, Tensor... gradients) {
        TensorScope.run(() -> backward(xTI, gradients));
    }
}
