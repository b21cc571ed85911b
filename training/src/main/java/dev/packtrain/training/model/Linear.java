package dev.packtrain.training.model;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Recording;
import dev.packtrain.training.engine.Segment;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A linear map inside a segment, or this rank's part of one. */
public interface Linear {
    /** From {@code [T, in]} to a new {@code [T, out]}; ordinary ops only, so that autograd can record them. */
    Tensor apply(Tensor xTI);

    /**
     * Adds the gradients of what is trained here to their {@code .grad}. This one runs {@link #apply} again, recorded: right
     * for whatever it does. Override it where the gradients are known.
     *
     * @param xTI as in {@link #apply}
     * @param gradTO gradient of the result, untouched
     * @param sumTI where present, the input's gradient is added to it and it is returned
     * @return gradient of the input, else new
     */
    default Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        try (Recording run = Recording.of(in -> new Tensor[] {apply(in[0])}, xTI)) {
            Tensor gradTI = run.backward(gradTO)[0];
            return sumTI.isPresent() ? sumTI.get().add_(gradTI) : gradTI;
        }
    }

    /** {@link #backward} where nobody wants the gradient of the input; see {@link Segment#addGradients}. */
    default void addGradients(Tensor xTI, Tensor gradTO) {
        TensorScope.run(() -> backward(xTI, gradTO, Optional.empty()));
    }

    /**
     * Linears of one input as one segment, where there is something to gain over one after the other.
     *
     * @param linears this one among them, in the order of the segment's results
     * @return empty: one after the other
     */
    default Optional<Segment> together(List<Linear> linears) {
        return Optional.empty();
    }

    /**
     * The matrix, {@code [out, in]}, or this rank's part of it: what decorates this linear is shared in the same way. Of a
     * frozen one the tensor may be quantised, and then has neither this shape nor the dtype of activations: ask {@link
     * #like} and {@link #matrix} for these.
     */
    Parameter weight();

    /** A tensor of the dtype and on the device that this linear computes in; its values and shape mean nothing. */
    default Tensor like() {
        return weight().tensor();
    }

    /** The numbers of the matrix, {@code [out, in]} or this rank's part of it, in that dtype; not to be changed. */
    default Tensor matrix() {
        return weight().tensor();
    }

    /** How ranks share it. */
    LinearSplit split();

    /** What is trained here. */
    List<Parameter> parameters();
}
