package dev.packtrain.jobs.recipe;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.OutputMode;
import dev.packtrain.pipeline.OutputOptions;
import dev.packtrain.pipeline.PackOptions;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.encode.LengthLimits;
import dev.packtrain.pipeline.encode.Overflow;
import dev.packtrain.pipeline.encode.TruncationSide;
import dev.packtrain.pipeline.template.LossOn;
import dev.packtrain.pipeline.template.TemplateOptions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** From the resolved recipe to the options of the pipeline. */
public final class PreparingRecipe {
    private PreparingRecipe() {}

    /** The pipeline's options, with the result in {@code outputDir}. */
    public static PrepareOptions options(Settings settings, String outputDir) {
        return new PrepareOptions(
                source(settings),
                CleaningRecipe.options(settings),
                new EncodeOptions(
                        settings.optionalText("tokenizer_name_or_path")
                                .orElseGet(() -> settings.text("model_name_or_path")),
                        settings.optionalText("eos_token").orElse(null),
                        limits(settings),
                        new TemplateOptions(settings.text("chat_template"), variables(settings)),
                        choice(settings, "loss_on", LossOn.class),
                        settings.flag("use_pose_convert") ? settings.count("scaled_max_length") : 0),
                new PackOptions(method(settings), settings.count("packing_group_size"), lengthBuckets(settings)),
                new OutputOptions(outputDir, mode(settings)),
                settings.number("seed"));
    }

    /**
     * The settings that prepare what a run is evaluated on: the same but for the rows, which are those of
     * {@code eval_dataset_name_or_path}, or the dev side of the split.
     */
    public static Settings heldOut(Settings settings) {
        return EvaluationKeys.heldOut(settings)
                .map(path -> settings.without("dataset_weights").with("dataset_name_or_path", path))
                .orElseGet(() -> settings.with("split", "dev"));
    }

    /** Where the records are, and what a usable one is. */
    public static SourceOptions source(Settings settings) {
        boolean autoregressive = settings.flag("autoregressive");
        return new SourceOptions(
                settings.text("dataset_name_or_path"),
                autoregressive ? DatasetFormat.TEXT : DatasetFormat.of(settings.text("dataset_format")),
                settings.text("src_field"),
                settings.text("tgt_field"),
                // PaddleNLP's autoregressive rows have their text where others have the source.
                settings.text(autoregressive && !settings.isSet("text_field") ? "src_field" : "text_field"),
                settings.count("max_row_bytes"),
                settings.real("max_rejected"),
                weights(settings));
    }

    /** Entries are text; a template is to see {@code true}, {@code false} and whole numbers as what they are. */
    private static Map<String, Object> variables(Settings settings) {
        Map<String, Object> variables = new LinkedHashMap<>();
        settings.entries("chat_template_kwargs").forEach((name, text) -> {
            if (text.equals("true") || text.equals("false")) {
                variables.put(name, Boolean.valueOf(text));
            } else {
                variables.put(name, text.matches("-?\\d{1,18}") ? Long.valueOf(text) : (Object) text);
            }
        });
        return variables;
    }

    private static List<Double> weights(Settings settings) {
        if (settings.command() == Command.TOKENIZER || !settings.has("dataset_weights")) {
            return List.of();
        }
        String given = settings.text("dataset_weights");
        try {
            return Arrays.stream(given.split(","))
                    .map(weight -> Double.valueOf(weight.strip()))
                    .toList();
        } catch (NumberFormatException malformed) {
            throw new BadInputException(
                    "dataset_weights is \"%s\"; give a number for each data set of dataset_name_or_path, with commas between them, such as 1,0.5"
                            .formatted(given),
                    malformed);
        }
    }

    private static LengthLimits limits(Settings settings) {
        return new LengthLimits(
                settings.count("src_length"),
                settings.count("max_length"),
                choice(settings, "truncation_side", TruncationSide.class),
                choice(settings, "overflow", Overflow.class));
    }

    /** The constant that a word of a {@link ValueType.Choice} stands for. */
    static <E extends Enum<E>> E choice(Settings settings, String key, Class<E> type) {
        return Enum.valueOf(type, settings.text(key).toUpperCase(Locale.ROOT));
    }

    /** Whether new rows go to a data set that is there; only {@code prepare} does that. */
    static boolean appends(Settings settings) {
        return settings.command() == Command.PREPARE && settings.flag("append");
    }

    private static List<Integer> lengthBuckets(Settings settings) {
        String given = settings.optionalText("length_buckets").orElse("");
        if (!given.matches("(\\d{1,9}(\\s*,\\s*\\d{1,9})*)?")) {
            throw new BadInputException(
                    "length_buckets is \"%s\"; give numbers of tokens with commas between them, such as 256,1024"
                            .formatted(given));
        }
        return Arrays.stream(given.split(","))
                .filter(bound -> !bound.isEmpty())
                .map(bound -> Integer.valueOf(bound.strip()))
                .toList();
    }

    private static OutputMode mode(Settings settings) {
        if (appends(settings)) {
            return OutputMode.APPEND;
        }
        return settings.flag("overwrite_output_dir") ? OutputMode.OVERWRITE : OutputMode.NEW;
    }

    private static PackingMethod method(Settings settings) {
        if (!settings.text("packing_method").equals(PreparingKeys.BY_FLAGS)) {
            return choice(settings, "packing_method", PackingMethod.class);
        }
        if (!settings.flag("zero_padding")) {
            return PackingMethod.NONE;
        }
        return settings.flag("greedy_zero_padding") ? PackingMethod.PATTERN : PackingMethod.NEXT_FIT;
    }
}
