package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.options.QuantizationOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One base, loaded once, with several adapters around its linears, of which one at a time is in use: to generate with each of
 * them in turn. Not for training.
 */
public final class SwitchedModel implements AutoCloseable {
    private final List<Adapters> adapters;
    private Decoder decoder;
    private SwitchedLayers layers;

    private SwitchedModel(List<Adapters> adapters) {
        this.adapters = adapters;
    }

    /**
     * Loads a base with adapters; none is in use.
     *
     * @param directories at least one, all of methods that stand around linears
     * @throws BadInputException if they cannot share a base
     */
    public static SwitchedModel load(List<AdapterDirectory> directories, DecoderBuilder builder, Path baseDir) {
        Optional<QuantizationOptions> quantization = directories.get(0).quantization();
        List<Adapters> opened = new ArrayList<>();
        SwitchedModel model = new SwitchedModel(opened);
        try {
            for (AdapterDirectory directory : directories) {
                check(directory, directories.get(0), quantization);
                opened.add(Adapters.read(directory));
            }
            model.load(builder.quantized(quantization), baseDir);
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static void check(
            AdapterDirectory directory, AdapterDirectory first, Optional<QuantizationOptions> quantization) {
        if (!directory.method().adaptsLinears()) {
            throw new BadInputException(
                    "%s is an adapter of %s, which changes more than linears and cannot share a loaded base; give it alone."
                            .formatted(directory.path(), directory.method().name()));
        }
        if (!directory.quantization().equals(quantization)) {
            throw new BadInputException(
                    "%s and %s were trained on a base that is kept in different ways, so they cannot share a loaded one; give them one at a time."
                            .formatted(first.path(), directory.path()));
        }
    }

    private void load(DecoderBuilder builder, Path baseDir) {
        adapters.forEach(each -> each.begin(builder, baseDir));
        decoder = builder.decorated(base -> {
                    layers = new SwitchedLayers(base, adapters);
                    return layers;
                })
                .load(baseDir);
        adapters.forEach(Adapters::complete);
    }

    /**
     * Uses other adapters from here on.
     *
     * @param number of the directory as it was given, from 0; empty: the base alone
     */
    public void use(Optional<Integer> number) {
        layers.choose(number);
    }

    /** Computes with the adapters in use. */
    public Decoder decoder() {
        return decoder;
    }

    @Override
    public void close() {
        if (decoder != null) {
            decoder.close();
        }
        adapters.forEach(Adapters::close);
    }
}
