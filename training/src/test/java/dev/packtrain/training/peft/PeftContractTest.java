package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.generation.GenerationOptions;
import dev.packtrain.training.generation.Generator;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.peft.PeftRecipe.Trait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link PeftMethod} keeps, in one process; {@code PeftMeshDistributedTest} has what it keeps on a mesh. */
class PeftContractTest {
    private static final String RECIPES = "dev.packtrain.training.peft.PeftRecipe#all";

    @TempDir
    Path temp;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @Test
    void everyMethodHasACase() {
        assertThat(PeftRecipe.all().map(PeftRecipe::method))
                .containsAll(PeftMethods.all().stream().map(PeftMethod::name).toList());
    }

    @ParameterizedTest
    @MethodSource(RECIPES)
    void freshAdaptersChangeNothing(PeftRecipe recipe) {
        PackedSequence pack = recipe.pack();
        TensorScope.run(() -> {
            try (Decoder plain = recipe.builder(ScalarType.Float).load(recipe.baseDir());
                    AdaptedModel fresh = recipe.fresh(ScalarType.Float);
                    AdaptedModel noisy = AdapterNoise.noisy(recipe, ScalarType.Float)) {
                Tensor expected = plain.logits(pack);
                if (recipe.has(Trait.STARTS_ROUNDED)) {
                    assertThat(Tensors.relativeError(fresh.decoder().logits(pack), expected))
                            .isLessThan(1e-5);
                } else if (!recipe.has(Trait.STARTS_CHANGED)) {
                    assertThat(fresh.decoder().logits(pack).equal(expected)).isTrue();
                }
                assertThat(Tensors.relativeError(noisy.decoder().logits(pack), expected))
                        .as("an adapter with other numbers does something")
                        .isGreaterThan(1e-3);
            }
        });
    }

    /** In the direction of the gradient itself, the slope is its norm. */
    @ParameterizedTest
    @MethodSource(RECIPES)
    void gradientsAreFiniteDifferences(PeftRecipe recipe) {
        PackedSequence pack = recipe.pack();
        TensorScope.run(() -> {
            try (AdaptedModel model = AdapterNoise.noisy(recipe, ScalarType.Double)) {
                model.forwardBackward(pack, 1);
                for (Parameter parameter : model.parameters()) {
                    assertThat(parameter.tensor().grad().defined())
                            .as(parameter.name())
                            .isTrue();
                    if (!recipe.has(Trait.SURROGATE_GRADIENT)) {
                        assertDifference(model, pack, parameter);
                    }
                }
            }
        });
    }

    private static void assertDifference(AdaptedModel model, PackedSequence pack, Parameter parameter) {
        assertSlope(model, pack, parameter, 1e-5, 1e-5);
    }

    private static void assertSlope(
            AdaptedModel model, PackedSequence pack, Parameter parameter, double length, double tolerance) {
        TensorScope.run(() -> {
            Tensor values = parameter.tensor().detach();
            Tensor gradient = parameter.tensor().grad();
            double norm = gradient.norm().item_double();
            assertThat(norm).as(parameter.name()).isPositive();
            Tensor step = gradient.div(new Scalar(norm)).mul(new Scalar(length));
            values.add_(step);
            double up = model.evaluate(pack).sum();
            values.sub_(step).sub_(step);
            double down = model.evaluate(pack).sum();
            values.add_(step);
            assertThat((up - down) / (2 * length) / norm).as(parameter.name()).isCloseTo(1, within(tolerance));
        });
    }

    /** Whatever the base keeps its weights in, gradients are those of what is computed: in fp32, so within some percent. */
    @ParameterizedTest
    @MethodSource(RECIPES)
    void gradientsOnABaseInFewBitsAreFiniteDifferences(PeftRecipe recipe) {
        PackedSequence pack = recipe.pack();
        QuantizationOptions nf4 = new QuantizationOptions(QuantizationOptions.Algorithm.NF4, 4, true, 16);
        Adapters adapters = Adapters.of(recipe.options(), 7, Optional.of(nf4));
        if (recipe.settings().containsKey("pissa")) {
            assertThatThrownBy(() -> adapters.load(recipe.builder(ScalarType.Float), recipe.baseDir()))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("weight_quantize_algo");
            return;
        }
        TensorScope.run(() -> {
            try (AdaptedModel model = adapters.load(recipe.builder(ScalarType.Float), recipe.baseDir())) {
                AdapterNoise.add(model);
                double loss = model.forwardBackward(pack, 1).sum();
                assertThat(model.evaluate(pack).sum()).isCloseTo(loss, within(1e-5 * loss));
                if (!recipe.has(Trait.SURROGATE_GRADIENT)) {
                    Parameter largest = model.parameters().stream()
                            .max(Comparator.comparingDouble(parameter ->
                                    parameter.tensor().grad().norm().item_double()))
                            .orElseThrow();
                    assertSlope(model, pack, largest, 1e-3, 0.05);
                }
            }
        });
    }

    /** Seen: logits within 3 %, the worst gradient, of a few numbers, within 22 %. */
    @ParameterizedTest
    @MethodSource(RECIPES)
    void bf16IsFp32ButForRounding(PeftRecipe recipe) {
        PackedSequence pack = recipe.pack();
        TensorScope.run(() -> {
            try (AdaptedModel wide = AdapterNoise.noisy(recipe, ScalarType.Float);
                    AdaptedModel narrow = AdapterNoise.noisy(recipe, ScalarType.BFloat16)) {
                Tensor expected = wide.decoder().logits(pack);
                assertThat(Tensors.relativeError(narrow.decoder().logits(pack), expected))
                        .isLessThan(0.05);
                wide.forwardBackward(pack, 0.01);
                narrow.forwardBackward(pack, 0.01);
                for (int i = 0; i < wide.parameters().size(); i++) {
                    Parameter parameter = wide.parameters().get(i);
                    Tensor got = narrow.parameters().get(i).tensor().grad();
                    assertThat(Tensors.relativeError(got, parameter.tensor().grad()))
                            .as(parameter.name())
                            .isLessThan(0.4);
                }
            }
        });
    }

    /** Loss and gradients of a pack are the sums over its documents, each trained alone. */
    @ParameterizedTest
    @MethodSource(RECIPES)
    void aPackIsTheSumOfItsDocuments(PeftRecipe recipe) {
        PackedSequence pack = recipe.pack();
        TensorScope.run(() -> {
            try (AdaptedModel packed = AdapterNoise.noisy(recipe, ScalarType.Double);
                    AdaptedModel alone = AdapterNoise.noisy(recipe, ScalarType.Double)) {
                LossSum loss = packed.forwardBackward(pack, 0.01);
                LossSum sum = LossSum.ZERO;
                for (int doc = 0; doc < pack.numDocuments(); doc++) {
                    sum = sum.plus(alone.forwardBackward(Packs.document(pack, doc), 0.01));
                }
                assertThat(pack.numDocuments()).isGreaterThan(1);
                assertThat(loss.sum()).isCloseTo(sum.sum(), within(1e-10 * sum.sum()));
                for (int i = 0; i < packed.parameters().size(); i++) {
                    Parameter parameter = packed.parameters().get(i);
                    Tensor expected = alone.parameters().get(i).tensor().grad();
                    assertThat(Tensors.relativeError(parameter.tensor().grad(), expected))
                            .as(parameter.name())
                            .isLessThan(1e-9);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource(RECIPES)
    void onlyAdaptersTrainAndTheyLearn(PeftRecipe recipe) throws Exception {
        try (AdaptedModel model = recipe.fresh(ScalarType.Float)) {
            List<Parameter> all = model.parts().stream().flatMap(List::stream).toList();
            assertThat(model.parameters())
                    .containsExactlyInAnyOrderElementsOf(model.adapters().parameters());
            assertThat(model.adapters().numTrainedElements())
                    .isEqualTo(model.parameters().stream()
                            .mapToLong(parameter -> parameter.tensor().numel())
                            .sum());
            assertThat(model.adapters().describe())
                    .startsWith(model.adapters().adaptation().method() + " trains ");
            List<Tensor> before = new ArrayList<>();
            all.forEach(parameter -> before.add(parameter.tensor().detach().clone()));
            List<Double> losses = TinyTraining.losses(model, recipe.pack(), 6, temp);
            assertThat(losses.get(5)).isLessThan(losses.get(0));
            for (int i = 0; i < all.size(); i++) {
                Parameter parameter = all.get(i);
                if (parameter.isTrained() && recipe.has(Trait.PRUNES)) {
                    continue;
                }
                assertThat(parameter.tensor().equal(before.get(i)))
                        .as("%s is as before", parameter.name())
                        .isEqualTo(!parameter.isTrained());
            }
            before.forEach(Tensor::close);
        }
    }

    /** With a cache of keys and values as without one. */
    @ParameterizedTest
    @MethodSource(RECIPES)
    void generatedIsWhatTheLogitsSay(PeftRecipe recipe) {
        int[] prompt = {4, 8, 15, 16};
        int length = 8;
        TensorScope.run(() -> {
            try (AdaptedModel model = AdapterNoise.noisy(recipe, ScalarType.Float)) {
                int[] generated = new Generator(model.decoder())
                        .generate(prompt, GenerationOptions.greedy(length, Set.of()), token -> {});
                int[] sequence = IntStream.concat(Arrays.stream(prompt), Arrays.stream(generated))
                        .toArray();
                int[] labels = sequence.clone();
                Arrays.fill(labels, 0, prompt.length, -100); // some methods ask where the prompt ends
                PackedSequence document = Packs.of(sequence, labels, new int[] {0, sequence.length}, 0);
                Tensor bestT = model.decoder().logits(document).argmax(new LongOptional(1), false);
                for (int t = prompt.length; t < sequence.length; t++) {
                    assertThat(bestT.narrow(0, t - 1, 1).item_long())
                            .as("token %d", t)
                            .isEqualTo(sequence[t]);
                }
            }
        });
    }
}
