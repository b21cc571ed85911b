package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankThreads;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.parallel.TensorParallel;
import dev.packtrain.training.peft.PeftRecipe.Trait;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Methods beside the linears, with noise on the tokens: on tensor ranks, with sequence parallelism, with recomputation, in bf16. */
class HookMeshTest {
    private static final double SCALE = 0.1;
    private static RankThreads ranks;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
        ranks = new RankThreads(2);
    }

    @AfterAll
    static void stop() {
        ranks.close();
    }

    static Stream<PeftRecipe> hooks() {
        List<PeftRecipe> all = new ArrayList<>(PeftRecipe.all()
                .filter(recipe -> !PeftMethods.named(recipe.method()).adaptsLinears())
                .toList());
        PeftRecipe prefix = all.stream()
                .filter(recipe -> recipe.name().equals("prefix"))
                .findFirst()
                .orElseThrow();
        // Both ranks have the one key/value head, and each its share of the prefix's gradient.
        all.add(new PeftRecipe("prefix-mqa", "mqa_untied", prefix.method(), prefix.settings(), prefix.traits()));
        return all.stream();
    }

    private record Step(
            double loss, double evaluated, List<String> names, List<Tensor> gradients, List<Boolean> partial) {}

    private static Step step(PeftRecipe recipe, DecoderBuilder builder) {
        Neftune noise = new Neftune(5, 3);
        PackedSequence pack = recipe.pack();
        AdaptedModel adapted = Adapters.of(recipe.meshOptions(), 7).load(builder.noise(noise), recipe.baseDir());
        try (NoisyModel model = new NoisyModel(adapted, noise)) {
            AdapterNoise.add(adapted);
            model.beginStep(4);
            LossSum loss = model.forwardBackward(pack, SCALE);
            double evaluated = model.evaluate(pack).sum();
            assertThat(evaluated).as("noise is for training").isNotEqualTo(loss.sum());
            List<Parameter> trained = model.parameters();
            return new Step(
                    loss.sum(),
                    evaluated,
                    trained.stream().map(Parameter::name).toList(),
                    trained.stream()
                            .map(parameter -> parameter.tensor().grad().clone())
                            .toList(),
                    trained.stream()
                            .map(parameter -> parameter.partialGradient()
                                    && parameter.split().numCopies() > 1)
                            .toList());
        }
    }

    private static DecoderBuilder share(PeftRecipe recipe, ProcessGroup group, boolean sequence) {
        DecoderConfig config = DecoderConfig.read(recipe.baseDir(), Map.of());
        return recipe.builder(ScalarType.Double).share(TensorParallel.share(config, group, sequence));
    }

    @ParameterizedTest
    @MethodSource("hooks")
    void tensorRanksDoWhatOneProcessDoes(PeftRecipe recipe) {
        TensorScope.run(() -> {
            Step one = step(recipe, recipe.builder(ScalarType.Double));
            for (boolean sequence : new boolean[] {false, true}) {
                List<Step> parts = ranks.onEach(group -> step(recipe, share(recipe, group, sequence)));
                assertThat(parts).allSatisfy(part -> {
                    assertThat(part.loss()).isCloseTo(one.loss(), within(1e-12 * one.loss()));
                    assertThat(part.evaluated()).isCloseTo(one.evaluated(), within(1e-12 * one.evaluated()));
                    assertThat(part.names()).isEqualTo(one.names());
                });
                for (int i = 0; i < one.gradients().size(); i++) {
                    Tensor first = parts.get(0).gradients().get(i);
                    Tensor second = parts.get(1).gradients().get(i);
                    boolean partial = parts.get(0).partial().get(i);
                    assertThat(error(
                                    partial ? first.add(second) : first,
                                    one.gradients().get(i)))
                            .as(one.names().get(i))
                            .isLessThan(1e-10);
                    assertThat(partial || first.equal(second))
                            .as(one.names().get(i))
                            .isTrue();
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("hooks")
    void recomputationChangesNoBit(PeftRecipe recipe) {
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            TensorScope.run(() -> {
                Step kept = step(recipe, recipe.builder(dtype));
                for (Recompute recompute : Recompute.values()) {
                    assertSameBits(step(recipe, recipe.builder(dtype).recompute(recompute)), kept);
                }
            });
        }
        ranks.onEach(group -> {
            TensorScope.run(() -> {
                Step kept = step(recipe, share(recipe, group, true));
                for (Recompute recompute : Recompute.values()) {
                    assertSameBits(step(recipe, share(recipe, group, true).recompute(recompute)), kept);
                }
            });
            return null;
        });
    }

    private static void assertSameBits(Step step, Step kept) {
        assertThat(step.loss()).isEqualTo(kept.loss());
        for (int i = 0; i < kept.gradients().size(); i++) {
            assertThat(step.gradients().get(i).equal(kept.gradients().get(i)))
                    .as(kept.names().get(i))
                    .isTrue();
        }
    }

    /** They see activations and norms, which are not quantised. */
    @ParameterizedTest
    @MethodSource("hooks")
    void theyLearnOnAQuantisedBase(PeftRecipe recipe, @TempDir Path temp) throws Exception {
        QuantizationOptions nf4 = QuantizationOptions.of(QuantizationOptions.Algorithm.NF4, true);
        Adapters adapters = Adapters.of(recipe.options(), 7, Optional.of(nf4));
        try (AdaptedModel model = adapters.load(recipe.builder(ScalarType.Float), recipe.baseDir())) {
            List<Double> losses = TinyTraining.losses(model, recipe.pack(), 6, temp);
            assertThat(losses.get(5)).isLessThan(losses.get(0));
            Path saved = Files.createDirectory(temp.resolve("saved"));
            AdapterDirectory.write(saved, model.adapters(), recipe.baseDir());
            try (AdaptedModel loaded = recipe.read(saved)) {
                double expected = model.evaluate(recipe.pack()).sum();
                // Sums of small products depend on where their operands lie in memory.
                assertThat(loaded.evaluate(recipe.pack()).sum()).isCloseTo(expected, within(1e-6 * expected));
            }
        }
    }

    /** Relative; of a dropped adapter both are zero. */
    private static double error(Tensor got, Tensor expected) {
        return isZero(got) && isZero(expected) ? 0 : Tensors.relativeError(got, expected);
    }

    private static boolean isZero(Tensor tensor) {
        return tensor.count_nonzero().item_long() == 0;
    }

    /** Errors of bf16, against fp64: what has few bits has few, and nothing worse happens. */
    @ParameterizedTest
    @MethodSource("hooks")
    void bf16IsNearTheTruth(PeftRecipe recipe) {
        TensorScope.run(() -> {
            Step exact = step(recipe, recipe.builder(ScalarType.Double));
            Step rounded = step(recipe, recipe.builder(ScalarType.BFloat16));
            assertThat(rounded.loss()).isCloseTo(exact.loss(), within(0.03 * exact.loss()));
            List<Double> errors = new ArrayList<>();
            for (int i = 0; i < exact.gradients().size(); i++) {
                Tensor expected = exact.gradients().get(i);
                Tensor got = rounded.gradients().get(i);
                errors.add(error(got, expected));
            }
            assertThat(errors).allSatisfy(error -> assertThat(error).isLessThan(0.3));
        });
        assertThat(recipe.has(Trait.NOT_MERGEABLE)).isTrue();
    }
}
