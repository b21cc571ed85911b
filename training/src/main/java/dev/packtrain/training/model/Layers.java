package dev.packtrain.training.model;

import dev.packtrain.training.engine.Intervention;
import dev.packtrain.training.engine.Segment;
import java.util.Optional;

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

    /**
     * What changes the output of half a block, row by row, before it is added to the residual stream.
     *
     * @param module {@code model.layers.0.self_attn} or {@code model.layers.0.mlp}
     * @param norm the norm in front of it, whose width and sharing over ranks are those of the stream
     */
    default Optional<Attached<Segment>> adapter(String module, Parameter norm) {
        return Optional.empty();
    }

    /**
     * What changes the residual stream behind a block.
     *
     * @param module as {@code model.layers.0}
     * @param norm as for {@link #adapter}
     */
    default Optional<Attached<Intervention>> intervention(String module, Parameter norm) {
        return Optional.empty();
    }

    /** What happens where tokens enter; asked for when all layers are there. */
    default Optional<InputHook> input(InputSite site) {
        return Optional.empty();
    }

    /** The output head's weight, {@code [numOut, numIn]}: the loss applies it. */
    Parameter head(String name, int numIn, int numOut);
}
