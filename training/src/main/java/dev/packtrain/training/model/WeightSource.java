package dev.packtrain.training.model;

import org.bytedeco.pytorch.Tensor;

/** Where a model's initial weights come from. */
public interface WeightSource extends AutoCloseable {
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
     * One weight, or a part of it; no more of it is held in memory.
     *
     * @param name in a Hugging Face checkpoint, with {@code .weight} or {@code .bias}
     * @param split the part wanted, of a whole tensor of the shape wanted
     * @return a contiguous tensor of {@code split.shape()} in host memory of any floating dtype, owned by the current
     *     scope: the same elements as in the whole tensor, bit for bit
     * @throws dev.packtrain.packing.BadInputException if there is none of this name and shape
     */
    Tensor get(String name, TensorSplit split, Role role);

    /**
     * Checks that {@link #get} would find a weight, without reading it.
     *
     * @throws dev.packtrain.packing.BadInputException if it would not
     */
    default void require(String name, TensorSplit split) {}

    /** Nothing is read from it any more. Closing twice does nothing. */
    @Override
    default void close() {}
}
