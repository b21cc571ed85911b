package dev.packtrain.jobs.plan;

import dev.packtrain.training.model.AttentionConfig;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.ModelFamily;
import dev.packtrain.training.model.RopeScaling;
import java.util.Collections;

/** Shapes of models that everyone knows. */
final class KnownModels {
    static final DecoderConfig LLAMA_2_7B =
            of(ModelFamily.LLAMA, 32_000, 4096, 11_008, 32, false, 32, 32, 128, AttentionConfig.Bias.NONE);
    static final DecoderConfig QWEN_2_5_HALF_B =
            of(ModelFamily.QWEN2, 151_936, 896, 4864, 24, true, 14, 2, 64, AttentionConfig.Bias.INPUT);
    static final DecoderConfig QWEN_3_8B =
            of(ModelFamily.QWEN3, 151_936, 4096, 12_288, 36, false, 32, 8, 128, AttentionConfig.Bias.NONE);

    private KnownModels() {}

    private static DecoderConfig of(
            ModelFamily family,
            int vocabulary,
            int hidden,
            int intermediate,
            int layers,
            boolean tied,
            int heads,
            int keyValueHeads,
            int headDim,
            AttentionConfig.Bias bias) {
        return new DecoderConfig(
                family,
                vocabulary,
                hidden,
                intermediate,
                layers,
                new AttentionConfig(
                        heads,
                        keyValueHeads,
                        headDim,
                        bias,
                        family == ModelFamily.QWEN3,
                        Collections.nCopies(layers, AttentionConfig.NO_WINDOW)),
                1e-5,
                new DecoderConfig.Rope(10_000, new RopeScaling.None()),
                tied,
                4096,
                0.02,
                null);
    }
}
