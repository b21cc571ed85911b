package dev.packtrain.jobs.recipe;

import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.OutputOptions;
import dev.packtrain.pipeline.PackOptions;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.encode.LengthLimits;
import dev.packtrain.pipeline.template.LossOn;

/** From the resolved recipe to the options of the pipeline. */
public final class PreparingRecipe {
    private PreparingRecipe() {}

    /** The pipeline's options, with the result in {@code outputDir}. */
    public static PrepareOptions options(Settings settings, String outputDir) {
        return new PrepareOptions(
                source(settings),
                new EncodeOptions(
                        settings.optionalText("tokenizer_name_or_path")
                                .orElseGet(() -> settings.text("model_name_or_path")),
                        settings.optionalText("eos_token").orElse(null),
                        LengthLimits.of(settings.count("src_length"), settings.count("max_length")),
                        LossOn.EVERY_TURN),
                new PackOptions(method(settings), settings.count("packing_group_size")),
                new OutputOptions(outputDir, settings.flag("overwrite_output_dir")),
                settings.number("seed"));
    }

    /** Where the records are, and what a usable one is. */
    public static SourceOptions source(Settings settings) {
        return new SourceOptions(
                settings.text("dataset_name_or_path"),
                settings.text("src_field"),
                settings.text("tgt_field"),
                settings.count("max_row_bytes"),
                settings.real("max_rejected"));
    }

    private static PackingMethod method(Settings settings) {
        if (!settings.flag("zero_padding")) {
            return PackingMethod.NONE;
        }
        return settings.flag("greedy_zero_padding") ? PackingMethod.BEST_FIT_DECREASING : PackingMethod.NEXT_FIT;
    }
}
