package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.model.TrainedElements;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ReLoRA and AdaLoRA do around updates, by the papers' own words. */
class UpdateRulesTest {
    private static final int STEPS = 9;
    private static final int ROUND = 3;
    private static final int RANK = 2;

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static AdaptedModel load(PeftRecipe recipe, Map<String, Object> settings) {
        PeftOptions options = new PeftOptions(recipe.method(), settings, null);
        return Adapters.of(options, 1).load(recipe.builder(ScalarType.Float), recipe.baseDir());
    }

    private static Map<String, Object> rounds(int warmup, double prune) {
        return Map.of(
                "relora", true,
                "relora_steps", ROUND,
                "relora_warmup_steps", warmup,
                "relora_prune_ratio", prune,
                "lora_rank", RANK);
    }

    /** Rounds of LoRA, each on the base with the last one merged into it, with fresh moments: what the paper does. */
    @Test
    void roundsAreLorasOnMergedBases() throws Exception {
        PeftRecipe recipe = PeftRecipe.named("relora");
        PackedSequence pack = recipe.pack();
        Path whole = Files.createDirectory(temp.resolve("whole"));
        List<Double> losses;
        try (AdaptedModel model = load(recipe, rounds(0, 1))) {
            losses = TinyTraining.losses(model, pack, STEPS, temp);
            AdapterDirectory.write(whole, model.adapters(), recipe.baseDir());
        }
        // AdamW's bias correction counts the steps of the run, so only a round's first losses can be told by hand.
        Path base = recipe.baseDir();
        try (SafetensorsFile saved = SafetensorsFile.open(whole.resolve(AdapterDirectory.WEIGHTS))) {
            String any = AdapterFile.PREFIX + "model.layers.0.self_attn.q_proj.lora_A.weight";
            assertThat(saved.tensors().get(any).shape()[0]).isEqualTo(STEPS / ROUND * (long) RANK);
        }
        try (AdaptedModel saved = recipe.read(whole)) {
            double after = saved.evaluate(pack).sum() / saved.evaluate(pack).numLabelTokens();
            assertThat(after).isLessThan(losses.get(STEPS - 1));
        }
        for (int round = 1; round < STEPS / ROUND; round++) {
            try (AdaptedModel model = load(recipe, rounds(0, 1))) {
                List<Double> untilThen = TinyTraining.losses(model, pack, round * ROUND + 1, temp);
                assertThat(untilThen).isEqualTo(losses.subList(0, round * ROUND + 1));
            }
            assertThat(losses.get(round * ROUND))
                    .as("the first loss of round %d is that of what the rounds before have left", round + 1)
                    .isCloseTo(lossOfFirstRounds(recipe, whole, round, base), within(1e-5));
        }
    }

    /** Of the saved adapter's first rounds alone, without what came later. */
    private static double lossOfFirstRounds(PeftRecipe recipe, Path whole, int rounds, Path base) {
        return TensorScope.value(() -> {
            try (AdaptedModel model =
                    Adapters.read(AdapterDirectory.open(whole)).load(recipe.builder(ScalarType.Float), base)) {
                for (Parameter parameter : model.adapters().parameters()) {
                    if (parameter.name().endsWith(LoraAdaptation.UP)) {
                        long kept = (long) rounds * RANK;
                        Tensor later = parameter.tensor().detach();
                        later.narrow(1, kept, later.size(1) - kept).zero_();
                    }
                }
                var loss = model.evaluate(recipe.pack());
                return loss.sum() / loss.numLabelTokens();
            }
        });
    }

    @Test
    void aRestartDropsTheSmallMomentsAndWarmsUp() {
        try (AdaptedModel model = load(PeftRecipe.named("relora"), rounds(2, 0.5))) {
            var rule = model.updateRule();
            rule.begins(STEPS);
            List<Double> scales =
                    IntStream.range(0, STEPS).mapToObj(rule::learningRateScale).toList();
            assertThat(scales).containsExactly(1.0, 1.0, 1.0, 1 / 3.0, 2 / 3.0, 1.0, 1 / 3.0, 2 / 3.0, 1.0);
        }
    }

    @Test
    void aRunWithoutARestartIsRefused() {
        try (AdaptedModel model = load(PeftRecipe.named("relora"), rounds(0, 1))) {
            assertThatThrownBy(() -> model.updateRule().begins(ROUND))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("relora_steps is 3, but the run has 3 steps");
        }
        assertThatThrownBy(() -> load(PeftRecipe.named("relora"), Map.of("relora", true)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("relora_steps is not set");
    }

    @Test
    void theBudgetFallsAsTheCubeAndEndsAtTheTarget() throws Exception {
        PeftRecipe recipe = PeftRecipe.named("adalora");
        Map<String, Object> settings = new HashMap<>(Map.of(
                "adalora_init_r", 4,
                "adalora_target_r", 2,
                "adalora_tinit", 2,
                "adalora_tfinal", 2));
        Path saved = Files.createDirectory(temp.resolve("saved"));
        try (AdaptedModel model = load(recipe, settings)) {
            TinyTraining.losses(model, recipe.pack(), STEPS, temp);
            RankAllocator allocator = (RankAllocator) model.updateRule();
            int modules = allocator.numMatrices() / 2;
            for (int step = 1; step <= STEPS; step++) {
                double left = Math.min(1, Math.max(0, 1 - (step - 2) / 5.0));
                assertThat(allocator.budget(step)).as("after step %d", step).isEqualTo((int)
                        (2 * modules + 2 * modules * Math.pow(left, 3)));
            }
            assertThat(model.updateRule().figures().get("adalora_mean_rank")).isEqualTo(2);
            long zeros = model.parameters().stream()
                    .filter(parameter -> parameter.name().endsWith(AdaLoraAdaptation.VALUES))
                    .mapToLong(parameter ->
                            TensorScope.value(() -> parameter.tensor().numel()
                                    - parameter.tensor().count_nonzero().item_long()))
                    .sum();
            assertThat(zeros).isEqualTo(2L * modules);
            AdapterDirectory.write(saved, model.adapters(), recipe.baseDir());
            try (AdaptedModel read = recipe.read(saved)) {
                TensorScope.run(() -> assertThat(Tensors.relativeError(
                                read.decoder().logits(recipe.pack()),
                                model.decoder().logits(recipe.pack())))
                        .isLessThan(1e-5));
                assertThat(read.adapters().numTrainedElements())
                        .isLessThan(model.adapters().numTrainedElements());
            }
        }
        assertTrainsOnWithItsRanks(recipe, saved);
    }

    /** "We fix the resulting budget distribution and fine-tune the model" (section 3.3). */
    private void assertTrainsOnWithItsRanks(PeftRecipe recipe, Path saved) throws Exception {
        Path later = Files.createDirectory(temp.resolve("later"));
        Adapters cut = Adapters.of(new PeftOptions("adalora", Map.of("adalora_tinit", 2), saved.toString()), 1);
        try (AdaptedModel model = cut.load(recipe.builder(ScalarType.Float), recipe.baseDir())) {
            List<Double> losses = TinyTraining.losses(model, recipe.pack(), STEPS, temp);
            assertThat(losses.get(STEPS - 1)).isLessThan(losses.get(0));
            assertThat(model.updateRule().figures().get("adalora_mean_rank")).isBetween(2.0, 2.3); // one stays at least
            AdapterDirectory.write(later, model.adapters(), recipe.baseDir());
        }
        assertThat(later.resolve(AdapterDirectory.CONFIG))
                .hasSameTextualContentAs(saved.resolve(AdapterDirectory.CONFIG));
        assertThatThrownBy(() ->
                        Adapters.of(new PeftOptions("adalora", Map.of("adalora_target_r", 1), saved.toString()), 1))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("adalora_target_r is 1, but the adapter in lora_path has 2");
    }

    @Test
    void aRunThatIsResumedBehindItsLastCutStillTellsItsRanks() {
        Map<String, Object> settings = Map.of("adalora_init_r", 4, "adalora_target_r", 2, "adalora_tfinal", 2);
        try (AdaptedModel model = load(PeftRecipe.named("adalora"), settings)) {
            AllOnOneRank elements = new AllOnOneRank(model);
            elements.forEachRun(
                    parameter -> parameter.name().endsWith(AdaLoraAdaptation.VALUES),
                    run -> run.weights().narrow(0, 1, 2).fill_(new Scalar(0.5)));
            var rule = model.updateRule();
            rule.begins(STEPS);
            rule.beginStep(STEPS - 1);
            rule.beforeUpdate(STEPS - 1, elements);
            assertThat(rule.figures()).containsEntry("adalora_mean_rank", 2.0).containsEntry("adalora_max_rank", 2.0);
        }
    }

    /** Weights alone. */
    private record AllOnOneRank(AdaptedModel model) implements TrainedElements {
        @Override
        public void forEachRun(Predicate<Parameter> of, Consumer<Run> action) {
            TensorScope.run(
                    () -> model.adapters().parameters().stream().filter(of).forEach(parameter -> {
                        Tensor flat = parameter.tensor().detach().flatten();
                        action.accept(new Run(parameter, 0, flat, Optional.empty(), flat, flat, flat, Map.of()));
                    }));
        }

        @Override
        public double[] sum(double[] ofThisRank, String what) {
            return ofThisRank;
        }

        @Override
        public Tensor whole(Parameter parameter, Function<Run, Tensor> kind) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void weightsChanged() {
            // There is nobody to tell.
        }
    }

    @Test
    void noStepsToCutInAreRefused() {
        try (AdaptedModel model = load(PeftRecipe.named("adalora"), Map.of("adalora_tinit", 5, "adalora_tfinal", 4))) {
            assertThatThrownBy(() -> model.updateRule().begins(STEPS))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("leave none of the run's 9 steps");
        }
        assertThatThrownBy(() -> load(PeftRecipe.named("adalora"), Map.of("adalora_init_r", 2, "adalora_target_r", 3)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("adalora_target_r is 3");
    }
}
