package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.Layers;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.UpdateRule;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.QuantizationOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** The adapters of one model, from before it is built until it is closed. */
public final class Adapters implements AutoCloseable {
    private final Adaptation adaptation;
    private final Optional<AdapterFile> file;
    private final Optional<QuantizationOptions> quantization;
    private final AdapterTensors tensors;
    private AdaptedLayers layers;

    private Adapters(
            Adaptation adaptation, long seed, Optional<AdapterFile> file, Optional<QuantizationOptions> quantization) {
        this.adaptation = adaptation;
        this.file = file;
        this.quantization = quantization;
        this.tensors = new AdapterTensors(seed, file);
    }

    /**
     * The adapters that a run trains: fresh ones, or those of {@code lora_path}.
     *
     * @param seed of fresh ones, and of what is random in training
     * @throws BadInputException if the settings, or the adapter to continue from, cannot be used
     */
    public static Adapters of(PeftOptions options, long seed) {
        return of(options, seed, Optional.empty());
    }

    /**
     * The same on a base whose weights are kept in few bits.
     *
     * @param quantization how; empty: as they are
     */
    public static Adapters of(PeftOptions options, long seed, Optional<QuantizationOptions> quantization) {
        if (options.adapterDir() == null) {
            return new Adapters(PeftMethods.configure(options), seed, Optional.empty(), quantization);
        }
        AdapterDirectory directory = AdapterDirectory.open(Path.of(options.adapterDir()));
        if (!directory.method().name().equals(options.method())) {
            throw new BadInputException(
                    "lora_path %s is an adapter of type %s, but the run trains %s; give one of this type."
                            .formatted(options.adapterDir(), directory.method().peftType(), options.method()));
        }
        return read(directory, new PeftSettings(options.settings()), seed, quantization);
    }

    /** The adapters of a directory, as they are, on a base that is kept as in their training. */
    public static Adapters read(AdapterDirectory directory) {
        return read(directory, directory.quantization());
    }

    /** The same on a base that is kept in another way. */
    static Adapters read(AdapterDirectory directory, Optional<QuantizationOptions> quantization) {
        return read(directory, PeftSettings.NONE, 0, quantization);
    }

    private static Adapters read(
            AdapterDirectory directory, PeftSettings settings, long seed, Optional<QuantizationOptions> quantization) {
        AdapterFile file = AdapterFile.open(directory.path());
        try {
            return new Adapters(directory.adaptation(file, settings), seed, Optional.of(file), quantization);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Loads a base model with these adapters around its layers; closing it closes them too, as a failure does. */
    public AdaptedModel load(DecoderBuilder builder, Path baseDir) {
        Decoder decoder = null;
        try {
            begin(builder, baseDir);
            builder.anyMask(PeftMethods.named(adaptation.method()).needsAnyMask());
            decoder = builder.quantized(quantization).decorated(this::around).load(baseDir);
            complete();
            return new AdaptedModel(decoder, this);
        } catch (RuntimeException | Error e) {
            if (decoder != null) {
                decoder.close();
            }
            close();
            throw e;
        }
    }

    /** A model will be built around which these go. */
    void begin(DecoderBuilder builder, Path baseDir) {
        tensors.base(baseDir);
        tensors.sharedBy(builder.sums());
    }

    /** It has been built. */
    void complete() {
        adaptation.targets().requireAllMatch(layers.linears());
        tensors.complete();
        file.ifPresent(AdapterFile::refuseUnread);
    }

    /** These around layers. */
    AdaptedLayers around(Layers base) {
        layers = new AdaptedLayers(base, adaptation, tensors);
        return layers;
    }

    /** What they are. */
    public Adaptation adaptation() {
        return adaptation;
    }

    /** How the weights of the base are kept, if not as they are. */
    Optional<QuantizationOptions> quantization() {
        return quantization;
    }

    /** What is random in the pass at hand. */
    TrainingPass pass() {
        return tensors.pass();
    }

    /** Linears with adapters. */
    List<String> targets() {
        return layers.linears().stream().filter(adaptation.targets()::matches).toList();
    }

    /** All linears. */
    List<String> linears() {
        return layers.linears();
    }

    /** The adapters' parameters on this rank, in the model's order. */
    public List<Parameter> parameters() {
        return tensors.made();
    }

    /** The same, and the frozen ones that checkpoints hold. */
    List<Parameter> allParameters() {
        return Stream.concat(parameters().stream(), updateRule().tensors().stream())
                .toList();
    }

    /** What is done around every update of the optimizer. */
    UpdateRule updateRule() {
        return adaptation.updateRule(tensors);
    }

    /** What a directory with {@link #saved} says that it is. */
    Adaptation asSaved(Map<String, Tensor> saved) {
        return adaptation.asSaved(saved, tensors);
    }

    /**
     * What is saved, under PEFT's names without their prefix, in the model's order.
     *
     * @param trained gives the whole of a trained tensor by its name
     */
    Map<String, Tensor> saved(Function<String, Tensor> trained) {
        return adaptation.saved(tensors.saved(trained));
    }

    /** Elements of the frozen base, of all ranks together. */
    public long numBaseElements() {
        return layers.numBaseElements();
    }

    /** Elements that are trained, of all ranks together. */
    public long numTrainedElements() {
        return tensors.made().stream()
                .mapToLong(parameter -> parameter.split().wholeElements())
                .sum();
    }

    /** One sentence for people: method, linears, trained parameters and their share. */
    public String describe() {
        long trained = numTrainedElements();
        long all = trained + numBaseElements();
        int linears = targets().size();
        return String.format(
                Locale.ROOT,
                "%s trains %,d of %,d parameters (%.4f %%)%s; the rest is frozen%s.",
                adaptation.method(),
                trained,
                all,
                100.0 * trained / all,
                linears == 0 ? "" : ", in adapters of %d linears".formatted(linears),
                quantization
                        .map(options ->
                                ", its linears in " + options.algorithm().key())
                        .orElse(""));
    }

    @Override
    public void close() {
        tensors.close();
        file.ifPresent(AdapterFile::close);
    }
}
