package dev.packtrain.training.peft;

import dev.packtrain.training.model.Parameter;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A linear map beside a linear of the base, with explicit gradients. */
interface Branch {
    /**
     * Adds what the map makes of the inputs that this rank has to its outputs, or its share of them.
     *
     * @param yTO {@code [T, O]}, contiguous
     * @param xTI {@code [T, I]}, untouched
     */
    void addTo(Tensor yTO, Tensor xTI);

    /**
     * Adds the gradients of {@link #parameters} to their {@code .grad}, and that of the input.
     *
     * @param xTI as in {@link #addTo}
     * @param gradTO gradient of what was added, {@code [T, O]}, untouched
     * @param gradTI to which the gradient of the input is added, {@code [T, I]}, contiguous
     */
    void backward(Tensor xTI, Tensor gradTO, Tensor gradTI);

    /** What is trained. */
    List<Parameter> parameters();
}
