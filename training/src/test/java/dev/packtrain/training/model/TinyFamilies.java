package dev.packtrain.training.model;

import dev.packtrain.training.model.AttentionConfig.Bias;
import dev.packtrain.training.model.DecoderConfig.Rope;
import java.util.List;
import java.util.stream.Stream;

/** Small models of every family, with fresh weights, for tests. */
public final class TinyFamilies {
    /** Rows of their embeddings. */
    public static final int VOCAB = 53;

    private TinyFamilies() {}

    /** One of each family; among them windows in all and in some layers, biases, norms of heads and YaRN. */
    public static Stream<DecoderConfig> all() {
        Rope yarn = new Rope(10_000, new RopeScaling.Yarn(4, 16, 32, 1, true, 1.2));
        return Stream.of(
                of(ModelFamily.LLAMA, Bias.NONE, false, new Rope(10_000, new RopeScaling.None()), 64, 0, 0),
                of(ModelFamily.QWEN2, Bias.INPUT, false, yarn, 64, 0, 5),
                of(ModelFamily.QWEN3, Bias.ALL, true, yarn, 64, 0, 0),
                of(ModelFamily.MISTRAL, Bias.NONE, false, yarn, 64, 4, 4));
    }

    /** A Llama whose documents of more than 8 positions have frequencies of their own. */
    public static DecoderConfig dynamic() {
        return of(
                ModelFamily.LLAMA,
                Bias.NONE,
                false,
                new Rope(10_000, new RopeScaling.DynamicNtk(8, 8)),
                8,
                AttentionConfig.NO_WINDOW,
                AttentionConfig.NO_WINDOW);
    }

    /** The same with a head of its own. */
    public static DecoderConfig untied(DecoderConfig config) {
        return new DecoderConfig(
                config.family(),
                config.vocabSize(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.numHiddenLayers(),
                config.attention(),
                config.rmsNormEps(),
                config.rope(),
                false,
                config.maxPositionEmbeddings(),
                config.initializerRange(),
                config.sourceJson());
    }

    private static DecoderConfig of(
            ModelFamily family, Bias bias, boolean headNorms, Rope rope, int maxPositions, Integer... windows) {
        return new DecoderConfig(
                family,
                VOCAB,
                32,
                48,
                windows.length,
                new AttentionConfig(4, 2, 8, bias, headNorms, List.of(windows)),
                1e-5,
                rope,
                true,
                maxPositions,
                0.3,
                null);
    }
}
