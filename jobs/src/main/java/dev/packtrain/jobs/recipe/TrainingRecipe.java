package dev.packtrain.jobs.recipe;

import dev.packtrain.training.options.AttentionOption;
import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.FusedKernels;
import dev.packtrain.training.options.LoggingOptions;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** From settings to the trainer's option records. */
public final class TrainingRecipe {
    private TrainingRecipe() {}

    /** The trainer's options; local paths are made absolute, because a rank has another working directory. */
    public static TrainingOptions options(Settings settings) {
        return new TrainingOptions(
                model(settings),
                new BatchOptions(
                        settings.count("per_device_train_batch_size"),
                        settings.count("gradient_accumulation_steps"),
                        settings.count("max_steps"),
                        settings.real("num_train_epochs"),
                        settings.number("seed")),
                new OptimizerOptions(
                        settings.real("learning_rate"),
                        settings.real("weight_decay"),
                        settings.real("adam_beta1"),
                        settings.real("adam_beta2"),
                        settings.real("adam_epsilon"),
                        settings.real("max_grad_norm"),
                        settings.flag("use_lowprecision_moment")),
                schedule(settings),
                settings.flag("bf16") ? Precision.BF16 : Precision.FP32,
                saving(settings),
                new LoggingOptions(
                        settings.count("logging_steps"),
                        settings.text("report_to").equals("tensorboard")),
                ParallelRecipe.options(settings),
                EvaluationKeys.options(settings));
    }

    /** The model to start from. */
    public static ModelOptions model(Settings settings) {
        return new ModelOptions(
                absolute(settings, "model_name_or_path"),
                absolute(settings, "config_name"),
                settings.entries("config_overrides"),
                attention(settings),
                fusedKernels(settings),
                PeftKeys.options(settings),
                PeftKeys.neftuneAlpha(settings),
                QuantizationKeys.options(settings));
    }

    private static AttentionOption attention(Settings settings) {
        if (isTrue(settings, "use_flash_attention") || isTrue(settings, "flash_mask")) {
            return AttentionOption.FLASH;
        }
        return settings.has("use_flash_attention") ? AttentionOption.PLAIN : AttentionOption.AUTO;
    }

    /** What computes on a GPU beside attention. */
    public static FusedKernels fusedKernels(Settings settings) {
        return FusedKernels.of(settings.has("use_fused_kernels") ? settings.flag("use_fused_kernels") : null);
    }

    private static boolean isTrue(Settings settings, String name) {
        return settings.has(name) && settings.flag(name);
    }

    private static ScheduleOptions schedule(Settings settings) {
        String type = settings.text("lr_scheduler_type").toUpperCase(Locale.ROOT);
        return new ScheduleOptions(
                ScheduleOptions.Type.valueOf(type), settings.count("warmup_steps"), settings.real("warmup_ratio"));
    }

    private static SavingOptions saving(Settings settings) {
        return new SavingOptions(
                settings.count("save_steps"),
                settings.count("save_total_limit"),
                resume(settings),
                settings.flag("overwrite_output_dir"));
    }

    /** Path of the data that the run is evaluated on: prepared for {@code train}, records for {@code run}; empty if none is given. */
    public static Optional<String> heldOut(Settings settings) {
        return EvaluationKeys.heldOut(settings);
    }

    /** As {@link SavingOptions#resume()} wants it. */
    static String resume(Settings settings) {
        String resume = settings.optionalText("resume_from_checkpoint").orElse("false");
        return switch (resume) {
            case "false" -> "";
            case "true" -> resume;
            default -> Path.of(resume).toAbsolutePath().normalize().toString();
        };
    }

    private static String absolute(Settings settings, String name) {
        return settings.optionalText(name)
                .map(path -> Path.of(path).toAbsolutePath().normalize().toString())
                .orElse(null);
    }
}
