package dev.packtrain.pipeline;

import java.io.Serializable;
import java.util.Objects;

/**
 * Everything that {@link Prepare} needs to know.
 *
 * @param source the rows
 * @param encode text to tokens
 * @param packing examples to packs
 * @param output the data set
 * @param seed {@code seed}: of the order of packs and the jumps of PoSE
 */
public record PrepareOptions(
        SourceOptions source, EncodeOptions encode, PackOptions packing, OutputOptions output, long seed)
        implements Serializable {
    /** Checks that nothing is missing. */
    public PrepareOptions {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(encode, "encode");
        Objects.requireNonNull(packing, "packing");
        Objects.requireNonNull(output, "output");
    }
}
