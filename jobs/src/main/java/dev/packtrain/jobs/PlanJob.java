package dev.packtrain.jobs;

import dev.packtrain.jobs.plan.Machines;
import dev.packtrain.jobs.plan.TrainingPlan;
import dev.packtrain.jobs.plan.Workload;
import dev.packtrain.jobs.recipe.ParallelRecipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.RunConfig;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.peft.Adaptation;
import dev.packtrain.training.peft.Adapters;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/** Says what a run would take. Needs neither Spark nor data, only {@code config.json}. */
public final class PlanJob {
    private PlanJob() {}

    /**
     * Plans.
     *
     * @param settings of {@link dev.packtrain.jobs.recipe.Command#PLAN}
     * @param documentTokens of a document in a pack, at most {@code max_length}
     * @throws BadInputException if the recipe cannot be spread over the machines, with the degrees that would work
     */
    public static TrainingPlan plan(Settings settings, Machines machines, int documentTokens) throws IOException {
        ModelOptions source = TrainingRecipe.model(settings);
        ParallelOptions parallel = ParallelRecipe.options(settings);
        DecoderConfig model = RunConfig.of(source, OptionalInt.empty())
                .orElseThrow(() -> new BadInputException(
                        "%s has no vocab_size, which training takes from the tokenizer of the data; give it with --config_overrides vocab_size=N"
                                .formatted(source.configFile())));
        DeviceMesh mesh = MeshCheck.mesh(machines.gpus(), parallel, source, OptionalInt.of(model.vocabSize()));
        return TrainingPlan.of(
                new Workload(
                        model,
                        adaptation(source.peft(), model),
                        Optional.ofNullable(source.quantization()),
                        settings.flag("bf16") ? Precision.BF16 : Precision.FP32,
                        settings.flag("use_lowprecision_moment"),
                        settings.count("per_device_train_batch_size"),
                        settings.count("gradient_accumulation_steps"),
                        parallel,
                        settings.count("max_length"),
                        documentTokens),
                machines,
                mesh);
    }

    /** Its targets are looked at as training does; a plan needs none of its weights. */
    private static Optional<Adaptation> adaptation(PeftOptions peft, DecoderConfig model) {
        if (!peft.present()) {
            return Optional.empty();
        }
        try (Adapters adapters = Adapters.of(peft, 0)) {
            adapters.adaptation().targets().requireAllMatch(TrainingPlan.modules(model));
            return Optional.of(adapters.adaptation());
        }
    }
}
