package dev.packtrain.pipeline;

import dev.packtrain.packing.ExampleKind;
import dev.packtrain.pipeline.clean.CleanOptions;
import java.io.Serializable;
import java.util.Objects;

/**
 * Everything that {@link Prepare} needs to know.
 *
 * @param source the rows
 * @param clean what of them is taken out
 * @param encode text to tokens
 * @param packing examples to packs
 * @param output the data set
 * @param seed {@code seed}: of the order of packs and the jumps of PoSE
 */
public record PrepareOptions(
        SourceOptions source,
        CleanOptions clean,
        EncodeOptions encode,
        PackOptions packing,
        OutputOptions output,
        long seed)
        implements Serializable {
    /** Checks that nothing is missing. */
    public PrepareOptions {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(clean, "clean");
        Objects.requireNonNull(encode, "encode");
        Objects.requireNonNull(packing, "packing");
        Objects.requireNonNull(output, "output");
    }

    /** Without cleaning. */
    public PrepareOptions(
            SourceOptions source, EncodeOptions encode, PackOptions packing, OutputOptions output, long seed) {
        this(source, CleanOptions.OFF, encode, packing, output, seed);
    }

    /** The same with the format of the rows known. */
    PrepareOptions withFormat(DatasetFormat format) {
        return new PrepareOptions(source.withFormat(format), clean, encode, packing, output, seed);
    }

    /** What the documents are going to be, once the format of the rows is known. */
    ExampleKind exampleKind() {
        return source.format() == DatasetFormat.PREFERENCE ? ExampleKind.PREFERENCE : ExampleKind.SEQUENCE;
    }
}
