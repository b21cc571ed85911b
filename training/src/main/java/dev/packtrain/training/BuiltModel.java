package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.training.attention.AttentionChoice;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.SpecialTokens;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.parallel.Parallelize;
import dev.packtrain.training.peft.Neftune;
import dev.packtrain.training.peft.NoisyModel;
import dev.packtrain.training.peft.PeftMethods;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The model that a run trains, and what is written beside it.
 *
 * @param model weights
 * @param config architecture
 * @param tokens of the data set's tokenizer, beside what the model that the run began with says of writing
 * @param attention its attention kernel, and why this one
 * @param adapted the model with adapters around it, if these are what is trained
 * @param noise on its embedded tokens in training, if any
 */
record BuiltModel(
        Decoder model,
        DecoderConfig config,
        SpecialTokens tokens,
        AttentionChoice attention,
        Optional<AdaptedRun> adapted,
        Optional<Neftune> noise)
        implements AutoCloseable {
    /**
     * Builds the model of a run.
     *
     * @param options where it comes from, its dtype and seed
     * @param data its tokenizer decides the vocabulary where {@code config.json} does not
     * @param checkpoint that the run continues from, if any: of this architecture; its weights come later
     * @param groups of this rank: it builds its part of the model
     */
    static BuiltModel build(
            TrainingOptions options,
            PreparedData data,
            ComputeDevice device,
            Optional<Path> checkpoint,
            MeshGroups groups)
            throws IOException {
        ModelOptions source = options.model();
        Manifest.TokenizerInfo tokenizer = data.manifest().tokenizer();
        DecoderConfig config =
                RunConfig.of(source, OptionalInt.of(tokenizer.vocabSize())).orElseThrow();
        if (config.vocabSize() < tokenizer.vocabSize()) {
            throw new BadInputException(
                    "vocab_size is %d in %s, but the tokenizer of the data has %d ids; set vocab_size to at least that, or leave it out of a config to take the tokenizer's."
                            .formatted(config.vocabSize(), where(source), tokenizer.vocabSize()));
        }
        if (source.modelDir() != null) {
            data.requireTokenizerOf(Path.of(source.modelDir()));
        }
        ScalarType dtype = options.precision() == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        AttentionChoice attention = AttentionChoice.of(
                source.attention(), device, dtype, needsAnyMask(config, source.peft()), config.headDim());
        checkpoint.ifPresent(saved -> requireSame(saved, config));
        DecoderBuilder builder =
                Parallelize.decoder(config, dtype, device, attention.kernel(), options.parallel(), groups);
        Optional<Neftune> noise = source.neftuneNoiseAlpha() > 0
                ? Optional.of(
                        new Neftune(source.neftuneNoiseAlpha(), options.batch().seed()))
                : Optional.empty();
        noise.ifPresent(builder::noise);
        if (source.peft().present()) {
            AdaptedRun adapted = AdaptedRun.load(source, options.batch().seed(), builder, checkpoint);
            return new BuiltModel(
                    adapted.model().decoder(),
                    config,
                    tokens(tokenizer, source),
                    attention,
                    Optional.of(adapted),
                    noise);
        }
        Decoder model = decoder(builder.deferred(), source, options.batch().seed(), checkpoint.isPresent());
        return new BuiltModel(model, model.config(), tokens(tokenizer, source), attention, Optional.empty(), noise);
    }

    private static boolean needsAnyMask(DecoderConfig config, PeftOptions peft) {
        return config.attention().hasWindows() || (peft.present() && PeftMethods.needsAnyMask(peft.method()));
    }

    /**
     * Weights are read when the trainer takes them over, part by part. A checkpoint brings all of them: whatever the run began
     * with would be overwritten.
     */
    private static Decoder decoder(DecoderBuilder builder, ModelOptions source, long seed, boolean resumes) {
        if (resumes) {
            return builder.unset();
        }
        return source.modelDir() != null ? builder.load(Path.of(source.modelDir())) : builder.fromScratch(seed);
    }

    private static void requireSame(Path checkpoint, DecoderConfig wanted) {
        DecoderConfig saved = DecoderConfig.read(checkpoint, Map.of());
        if (!saved.isSameAs(wanted)) {
            throw new BadInputException(
                    "checkpoint %s holds another architecture than this run asks for (%s); resume with the config it was started with, or set overwrite_output_dir to start anew."
                            .formatted(checkpoint, saved.differencesFrom(wanted)));
        }
    }

    private static SpecialTokens tokens(Manifest.TokenizerInfo tokenizer, ModelOptions source) {
        SpecialTokens tokens = new SpecialTokens(List.of(tokenizer.eosTokenId()), tokenizer.bosTokenId(), null);
        return source.modelDir() == null ? tokens : tokens.withGenerationOf(Path.of(source.modelDir()));
    }

    private static String where(ModelOptions source) {
        return source.modelDir() != null ? source.modelDir() : source.configFile();
    }

    /** What is trained: the model, or adapters on it. */
    CausalLM trained() {
        CausalLM quiet = adapted.isPresent() ? adapted.get().model() : model;
        return noise.isPresent() ? new NoisyModel(quiet, noise.get()) : quiet;
    }

    @Override
    public void close() {
        trained().close();
    }
}
