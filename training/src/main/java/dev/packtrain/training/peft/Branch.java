package dev.packtrain.training.peft;

import dev.packtrain.training.model.Parameter;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A linear map beside a linear of the base, whose gradients autograd finds. */
interface Branch {
    /** From the inputs that this rank has, {@code [T, I]}, to its outputs or its share of them, {@code [T, O]}; ordinary ops. */
    Tensor apply(Tensor xTI);

    /** What is trained. */
    List<Parameter> parameters();
}
