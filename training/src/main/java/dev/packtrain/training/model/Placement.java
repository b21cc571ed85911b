package dev.packtrain.training.model;

/**
 * Which part of each layer a rank holds. Modules and parameters are named as in a Hugging Face checkpoint.
 */
public interface Placement {
    /** One process holds all. */
    Placement WHOLE = new Placement() {
        @Override
        public LinearSplit linear(String module) {
            return LinearSplit.WHOLE;
        }

        @Override
        public Place parameter(String name, long[] wholeShape) {
            return new Place(TensorSplit.whole(wholeShape), false);
        }

        @Override
        public boolean addsRowBiases() {
            return true;
        }
    };

    /**
     * Where a parameter is.
     *
     * @param split this rank's part
     * @param partialGradient as in {@link Parameter}
     */
    record Place(TensorSplit split, boolean partialGradient) {}

    /** How a linear is shared, such as {@code model.layers.0.self_attn.q_proj}. */
    LinearSplit linear(String module);

    /**
     * This rank's part of a parameter.
     *
     * @param name such as {@code model.layers.0.self_attn.q_proj.weight}
     * @param wholeShape in the checkpoint
     */
    Place parameter(String name, long[] wholeShape);

    /** Whether this is the one rank that adds the biases of {@link LinearSplit#ROW} linears, which all hold. */
    boolean addsRowBiases();
}
