package dev.packtrain.jobs;

import dev.packtrain.jobs.plan.Machines;
import dev.packtrain.jobs.plan.RankMemory;
import dev.packtrain.jobs.plan.TrainingPlan;
import dev.packtrain.jobs.plan.Workload;
import dev.packtrain.jobs.recipe.ParallelRecipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.RunConfig;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.FusedKernels;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.peft.Adaptation;
import dev.packtrain.training.peft.Adapters;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/** Says what a run would take. Needs neither Spark nor data, only {@code config.json}. */
public final class PlanJob {
    private static final double MOST = 1e16;

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
        DeviceMesh mesh =
                MeshCheck.mesh(machines.gpus(), parallel, source, OptionalInt.of(model.vocabSize()), "--gpus");
        Workload work = workload(settings, source, parallel, model, settings.count("max_length"), documentTokens);
        requireCountable(work, machines.gpus());
        return TrainingPlan.of(work, machines, mesh);
    }

    /**
     * Bytes that a rank of a training will need at most, without what a process takes before it holds a model.
     *
     * @param settings of {@link dev.packtrain.jobs.recipe.Command#TRAIN}
     * @param options that follow from them
     * @param packTokens of the data
     * @param vocabSize of the data's tokenizer
     * @throws BadInputException if the model's config is none that can be trained, or cannot be counted
     */
    static RankMemory memory(Settings settings, TrainingOptions options, DeviceMesh mesh, int packTokens, int vocabSize)
            throws IOException {
        DecoderConfig model =
                RunConfig.of(options.model(), OptionalInt.of(vocabSize)).orElseThrow();
        Workload work = workload(settings, options.model(), options.parallel(), model, packTokens, packTokens);
        requireCountable(work, mesh.worldSize());
        return RankMemory.of(work, mesh);
    }

    private static Workload workload(
            Settings settings,
            ModelOptions source,
            ParallelOptions parallel,
            DecoderConfig model,
            int packTokens,
            int documentTokens) {
        return new Workload(
                model,
                adaptation(source.peft(), model),
                Optional.ofNullable(source.quantization()),
                settings.flag("bf16") ? Precision.BF16 : Precision.FP32,
                settings.flag("use_lowprecision_moment"),
                TrainingRecipe.fusedKernels(settings) == FusedKernels.LIBTORCH,
                settings.count("per_device_train_batch_size"),
                settings.count("gradient_accumulation_steps"),
                parallel,
                packTokens,
                documentTokens);
    }

    /** Beyond this the sums of a plan would leave the numbers that it counts with, and no run is anywhere near. */
    private static void requireCountable(Workload work, int numRanks) {
        DecoderConfig model = work.model();
        double layers = model.numHiddenLayers();
        double hidden = model.hiddenSize();
        double parameters = 2 * hidden * model.vocabSize()
                + layers
                        * hidden
                        * (4.0 * model.numAttentionHeads() * model.headDim() + 3.0 * model.intermediateSize());
        double passes = (double) work.microbatch() * work.accumulation();
        double tokens = work.packTokens() * passes * numRanks;
        double activations = layers * work.packTokens() * (hidden + model.intermediateSize());
        if (passes > Integer.MAX_VALUE || Math.max(Math.max(parameters * passes, tokens), activations) > MOST) {
            throw new BadInputException(
                    "a plan counts up to %.0e, and this recipe has about %.1e parameters, %.1e packs a rank and step and %.1e tokens a step; look for a slip in the model's config, max_length, per_device_train_batch_size and gradient_accumulation_steps"
                            .formatted(MOST, parameters, passes, tokens));
        }
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
