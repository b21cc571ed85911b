package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.PreparingRecipe.choice;

import dev.packtrain.pipeline.clean.CleanOptions;
import dev.packtrain.pipeline.clean.Decontamination;
import dev.packtrain.pipeline.clean.Dedup;
import dev.packtrain.pipeline.clean.DevSplit;
import dev.packtrain.pipeline.clean.LengthFilter;
import dev.packtrain.pipeline.clean.NearDedup;
import dev.packtrain.pipeline.clean.QualityFilter;
import dev.packtrain.pipeline.clean.TextNormalization;

/** From the resolved recipe to what is taken out of the rows. */
final class CleaningRecipe {
    private CleaningRecipe() {}

    static CleanOptions options(Settings settings) {
        return new CleanOptions(
                lengths(settings),
                new QualityFilter(
                        settings.real("max_non_text_ratio"),
                        settings.real("max_repeated_line_ratio"),
                        settings.real("max_repeated_ngram_ratio")),
                new Decontamination(
                        settings.optionalText("decontaminate_against").orElse(null),
                        settings.count("decontaminate_ngram"),
                        settings.real("decontaminate_max_overlap")),
                new Dedup(settings.flag("dedup"), choice(settings, "dedup_normalize", TextNormalization.class)),
                new NearDedup(
                        settings.real("near_dedup_threshold"),
                        settings.count("near_dedup_ngram"),
                        choice(settings, "near_dedup_unit", NearDedup.Unit.class)),
                new DevSplit(
                        settings.real("dev_ratio"),
                        settings.count("dev_rows"),
                        choice(settings, "dev_split_by", DevSplit.By.class),
                        choice(settings, "split", DevSplit.Side.class)),
                settings.number("seed"));
    }

    private static LengthFilter lengths(Settings settings) {
        return new LengthFilter(
                settings.count("min_src_chars"),
                settings.has("max_src_chars") ? settings.count("max_src_chars") : LengthFilter.NO_MAX,
                settings.count("min_tgt_chars"),
                settings.has("max_tgt_chars") ? settings.count("max_tgt_chars") : LengthFilter.NO_MAX,
                settings.real("min_tgt_src_ratio"),
                settings.has("max_tgt_src_ratio") ? settings.real("max_tgt_src_ratio") : Double.POSITIVE_INFINITY);
    }
}
