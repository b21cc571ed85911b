package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankThreads;
import dev.packtrain.training.collectives.Traffic;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Embedding;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.Layers;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.RmsNorm;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.parallel.TensorParallel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where nothing below a block is trained, nobody reads the gradient of the stream before it, and it is not computed. */
class LowestBlockTest {
    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    /** A linear of the base that writes down whenever it is asked for the gradient of its input. */
    private record Watched(Linear base, String name, List<String> asked) implements DecoratedLinear {
        @Override
        public Tensor apply(Tensor xTI) {
            return base.apply(xTI);
        }

        @Override
        public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
            asked.add(name);
            return base.backward(xTI, gradTO, sumTI);
        }

        @Override
        public void addGradients(Tensor xTI, Tensor gradTO) {
            base.addGradients(xTI, gradTO);
        }

        @Override
        public List<Parameter> parameters() {
            return base.parameters();
        }
    }

    private record WatchedLayers(Layers base, List<String> asked) implements Layers {
        @Override
        public Linear linear(String name, int numIn, int numOut, boolean bias) {
            return new Watched(base.linear(name, numIn, numOut, bias), name, asked);
        }

        @Override
        public Embedding embedding(String name, int numRows, int width) {
            return base.embedding(name, numRows, width);
        }

        @Override
        public RmsNorm norm(String name, int width, double eps) {
            return base.norm(name, width, eps);
        }

        @Override
        public Parameter head(String name, int numIn, int numOut) {
            return base.head(name, numIn, numOut);
        }
    }

    /** Something trained below all blocks, so that the pass goes all the way down; it does nothing. */
    private static final class Below implements InputHook {
        private final Parameter parameter = new Parameter("below", torch.ones(1).requires_grad_(true), false);

        @Override
        public List<Parameter> parameters() {
            return List.of(parameter);
        }
    }

    /**
     * A pass with adapters.
     *
     * @param gradients of the adapters, in order
     * @param asked linears of the base that were asked for the gradient of their input, in order
     */
    private record Pass(List<Tensor> gradients, List<String> asked) {}

    private static Pass pass(PeftRecipe recipe, DecoderBuilder builder) {
        List<String> asked = new ArrayList<>();
        Adapters adapters = Adapters.of(recipe.meshOptions(), 7);
        adapters.begin(builder, recipe.baseDir());
        builder.anyMask(true).decorated(base -> adapters.around(new WatchedLayers(base, asked)));
        try (AdaptedModel model = new AdaptedModel(builder.load(recipe.baseDir()), adapters)) {
            adapters.complete();
            AdapterNoise.add(model);
            model.beginStep(1);
            model.forwardBackward(recipe.pack(), 0.1);
            List<Tensor> gradients = adapters.parameters().stream()
                    .map(parameter -> parameter.tensor().grad().clone())
                    .toList();
            return new Pass(gradients, asked);
        }
    }

    private static void assertSameBits(Pass got, Pass expected) {
        assertThat(got.gradients()).hasSameSizeAs(expected.gradients()).isNotEmpty();
        for (int i = 0; i < got.gradients().size(); i++) {
            assertThat(got.gradients().get(i).equal(expected.gradients().get(i)))
                    .as("parameter %d", i)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.packtrain.training.peft.PeftRecipe#all")
    void changesNoGradient(PeftRecipe recipe) {
        TensorScope.run(() -> {
            Pass whole = pass(recipe, recipe.builder(ScalarType.Float).noise(new Below()));
            assertSameBits(pass(recipe, recipe.builder(ScalarType.Float)), whole);
        });
    }

    private static List<String> readers() {
        return Stream.of("q_proj", "k_proj", "v_proj")
                .map(name -> "model.layers.0.self_attn." + name)
                .toList();
    }

    /** With dropout and without; with all linears of the block's input adapted, and with some. */
    @ParameterizedTest
    @ValueSource(strings = {"lora", "lora_fa", "relora", "pissa", "rslora", "ia3", "bitfit_biases"})
    void makesNoProductForIt(String name) {
        PeftRecipe recipe = PeftRecipe.named(name);
        makesNoProductForIt(recipe);
        if (recipe.method().equals("lora")) {
            makesNoProductForIt(with(recipe, Map.of("lora_dropout", 0.0)));
            makesNoProductForIt(with(recipe, Map.of("lora_target_modules", "v_proj,o_proj")));
        }
    }

    private static PeftRecipe with(PeftRecipe recipe, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(recipe.settings());
        settings.putAll(more);
        return new PeftRecipe(recipe.name(), recipe.base(), recipe.method(), settings, recipe.traits());
    }

    private static void makesNoProductForIt(PeftRecipe recipe) {
        TensorScope.run(() -> {
            Pass whole = pass(recipe, recipe.builder(ScalarType.Float).noise(new Below()));
            Pass ended = pass(recipe, recipe.builder(ScalarType.Float));
            assertThat(whole.asked()).containsAll(readers());
            List<String> others = new ArrayList<>(whole.asked());
            others.removeAll(readers());
            assertThat(others).contains("model.layers.1.self_attn.q_proj", "model.layers.0.self_attn.o_proj");
            assertThat(ended.asked()).isEqualTo(others);
            assertSameBits(ended, whole);
        });
    }

    @ParameterizedTest
    @EnumSource(Recompute.class)
    void norIsItAddedUpOverRanks(Recompute recompute) {
        PeftRecipe recipe = PeftRecipe.named("lora");
        long stream = (long) recipe.pack().numTokens();
        try (RankThreads ranks = new RankThreads(2)) {
            for (boolean sequenceParallel : new boolean[] {false, true}) {
                ranks.onEach(group -> TensorScope.value(() -> {
                    DecoderConfig config = DecoderConfig.read(recipe.baseDir(), Map.of());
                    Traffic begin = group.traffic();
                    Pass whole = pass(
                            recipe,
                            spread(recipe, config, group, sequenceParallel, recompute)
                                    .noise(new Below()));
                    Traffic middle = group.traffic();
                    Pass ended = pass(recipe, spread(recipe, config, group, sequenceParallel, recompute));
                    Traffic saved = middle.since(begin).since(group.traffic().since(middle));
                    long bytes = (stream + (sequenceParallel ? stream % 2 : 0)) * config.hiddenSize() * Float.BYTES;
                    assertThat(saved)
                            .isEqualTo(
                                    sequenceParallel
                                            ? new Traffic(0, bytes / 2, bytes / 2, 0)
                                            : new Traffic(bytes, 0, 0, 0));
                    assertSameBits(ended, whole);
                    return true;
                }));
            }
        }
    }

    private static DecoderBuilder spread(
            PeftRecipe recipe,
            DecoderConfig config,
            ProcessGroup group,
            boolean sequenceParallel,
            Recompute recompute) {
        return recipe.builder(ScalarType.Float)
                .recompute(recompute)
                .share(TensorParallel.share(config, group, sequenceParallel));
    }
}
