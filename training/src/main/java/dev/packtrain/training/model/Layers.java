package dev.packtrain.training.model;

/**
 * Makes the layers a model asks for. The plain factory makes whole ones; others may give this rank's part, or decorate
 * what another factory returns. Names are those of a Hugging Face checkpoint, without {@code .weight} and {@code .bias}.
 */
public interface Layers {
    /** A linear, as {@code model.layers.0.self_attn.q_proj}, with or without a bias. */
    Linear linear(String name, int numIn, int numOut, boolean bias);

    /** A token embedding, {@code [numRows, width]}. */
    Embedding embedding(String name, int numRows, int width);

    /** A root-mean-square norm over the last dim. */
    RmsNorm norm(String name, int width, double eps);

    /** The output head's weight, {@code [numOut, numIn]}: the loss applies it. */
    Parameter head(String name, int numIn, int numOut);
}
