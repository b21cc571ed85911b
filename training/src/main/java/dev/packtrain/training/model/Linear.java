package dev.packtrain.training.model;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A linear map inside a segment, or this rank's part of one. */
public interface Linear {
    /** From {@code [T, in]} to {@code [T, out]}; ordinary ops only, so that autograd can record them. */
    Tensor apply(Tensor xTI);

    /** What is trained here. */
    List<Parameter> parameters();
}
