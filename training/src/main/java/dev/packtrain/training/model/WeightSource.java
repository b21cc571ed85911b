package dev.packtrain.training.model;

import org.bytedeco.pytorch.Tensor;

/** Where a model's initial weights come from. */
public interface WeightSource {
    /** What a tensor is for; fresh weights depend on it. */
    enum Role {
        /** Weight of a linear or embedding. */
        MATRIX,
        /** Scale of a norm. */
        NORM,
        /** What a linear adds. */
        BIAS
    }

    /**
     * One weight.
     *
     * @param name in a Hugging Face checkpoint, with {@code .weight} or {@code .bias}
     * @param shape wanted
     * @return a contiguous tensor in host memory of any floating dtype, owned by the current scope
     * @throws dev.packtrain.packing.BadInputException if there is none of this name and shape
     */
    Tensor get(String name, long[] shape, Role role);
}
