package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import org.bytedeco.pytorch.Tensor;

/** The two passes over flat tensors that a step needs. */
interface FlatMath {
    /** Sum of squares of a flat fp32 or bf16 tensor: NaN or infinite if an element is. */
    double squares(Tensor values);

    /**
     * AdamW on master weights, and so on the model's weights, in place.
     *
     * @param step the numbers of the formula
     */
    void update(AdamWSlice slice, AdamWStep step);
}
