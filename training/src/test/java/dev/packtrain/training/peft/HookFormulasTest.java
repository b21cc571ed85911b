package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.PartGuard;
import dev.packtrain.training.generation.GenerationOptions;
import dev.packtrain.training.generation.Generator;
import dev.packtrain.training.model.PackInput;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.PeftOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The papers' formulas, written out, for what PEFT does not have; gradients are in {@link PeftContractTest}. */
class HookFormulasTest {
    private static final int WIDTH = 6;
    private static final int RANK = 3;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static Tensor random(String name, long... shape) {
        return Initial.normal(5, name, TensorSplit.whole(shape)).to(ScalarType.Double);
    }

    private static Parameter parameter(String name, long... shape) {
        return new Parameter(name, random(name, shape).requires_grad_(true), true);
    }

    /** f7+l7 of every prompt in a pack: none twice where prompts are short; whole documents where nothing tells them apart. */
    @Test
    void positionsAreThoseOfPromptsInTheirDocuments() {
        int[] lengths = {20, 12, 3, 9};
        int[] prompts = {16, 10, 0, 9};
        int[] bounds = {0, 20, 32, 35, 44};
        int[] labels = new int[44];
        Arrays.fill(labels, 1);
        for (int doc = 0; doc < lengths.length; doc++) {
            Arrays.fill(labels, bounds[doc], bounds[doc] + prompts[doc], -100);
        }
        PackedSequence pack = Packs.of(new int[44], labels, bounds, 4);
        PromptRows rows = new PromptRows();
        rows.begin(new PackInput(new int[44], new int[44], pack, 0), 7, 7);
        assertThat(rows.among(0, 44))
                .containsExactly(
                        0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, // 16 tokens
                        20, 21, 22, 23, 24, 25, 26, 27, 28, 29, // 10 tokens: all of them, once
                        32, 33, 34, // no prompt
                        35, 36, 37, 38, 39, 40, 41, 42, 43); // nothing but a prompt
        assertThat(rows.among(10, 12)).containsExactly(0, 1, 2, 3, 4, 5, 10, 11);
        rows.none();
        assertThat(rows.among(0, 44)).isEmpty();
    }

    /** x + U σ(D x + b) + c. */
    @Test
    void bottleneck() {
        TensorScope.run(() -> {
            for (boolean swish : new boolean[] {false, true}) {
                BottleneckAdapter adapter = new BottleneckAdapter(
                        parameter("d", RANK, WIDTH),
                        parameter("b", RANK),
                        parameter("u", WIDTH, RANK),
                        parameter("c", WIDTH),
                        swish);
                Tensor x = random("x", 4, WIDTH);
                Tensor got = adapter.apply(x)[0];
                for (int row = 0; row < 4; row++) {
                    Tensor z = adapter.down()
                            .tensor()
                            .detach()
                            .mv(x.select(0, row))
                            .add(adapter.downBias().tensor().detach());
                    Tensor s = swish ? z.mul(z.sigmoid()) : z.mul(z.gt(new Scalar(0)));
                    Tensor expected = x.select(0, row)
                            .add(adapter.up().tensor().detach().mv(s))
                            .add(adapter.upBias().tensor().detach());
                    assertThat(Tensors.maxError(got.select(0, row), expected)).isLessThan(1e-12);
                }
            }
        });
    }

    /** AdapterDrop: no backward pass below the first block with an adapter, and nothing is announced for it. */
    @Test
    void theBackwardPassEndsWhereNothingBelowIsTrained() {
        PeftRecipe recipe = PeftRecipe.named("pfeiffer-drop");
        List<String> events = new ArrayList<>();
        TensorScope.run(() -> {
            try (AdaptedModel model = recipe.fresh(ScalarType.Float)) {
                model.guard(recording(events));
                model.forwardBackward(recipe.pack(), 1);
                List<String> passed = List.copyOf(events);
                events.clear();
                model.skip();
                assertThat(events).isEqualTo(passed);
            }
        });
        assertThat(events).endsWith("backward 3", "after 3", "backward 2", "after 2", "skipped 1", "skipped 0");
    }

    private static PartGuard recording(List<String> events) {
        return new PartGuard() {
            @Override
            public void beforeForward(int part) {}

            @Override
            public void afterForward(int part) {}

            @Override
            public void beforeBackward(int part) {
                events.add("backward " + part);
            }

            @Override
            public void afterBackward(int part) {
                events.add("after " + part);
            }

            @Override
            public void skippedBackward(int part) {
                events.add("skipped " + part);
            }

            @Override
            public void abandoned() {}
        };
    }

    /** With a window of 3 tokens: what comes before the prompt is a document's own, and with prefixes always seen. */
    @ParameterizedTest
    @ValueSource(strings = {"prefix", "prompt", "loreft"})
    void windowsAndCachesAgree(String name) {
        PeftRecipe recipe = new PeftRecipe(
                name,
                "mistral",
                PeftRecipe.named(name).method(),
                PeftRecipe.named(name).settings(),
                PeftRecipe.named(name).traits());
        int[] prompt = {4, 8, 15, 16, 23, 5};
        TensorScope.run(() -> {
            try (AdaptedModel model = recipe.fresh(ScalarType.Float)) {
                int[] generated = new Generator(model.decoder())
                        .generate(prompt, GenerationOptions.greedy(12, Set.of()), token -> {});
                int[] all = IntStream.concat(Arrays.stream(prompt), Arrays.stream(generated))
                        .toArray();
                int[] labels = all.clone();
                Arrays.fill(labels, 0, prompt.length, -100);
                Tensor logitsTV = model.decoder().logits(Packs.of(all, labels, new int[] {0, all.length}, 0));
                for (int t = prompt.length; t < all.length; t++) {
                    assertThat(logitsTV.select(0, t - 1L).argmax().item_long())
                            .as("token %d", t)
                            .isEqualTo(all[t]);
                }
            }
        });
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertRefused("reft", Map.of("reft_position", "x7"), "reft_position is 'x7'");
        assertRefused("reft", Map.of("reft_layers", "0;9"), "reft_layers has 9, but the model's blocks are 0 to 1");
        assertRefused("reft", Map.of("reft_rank", 500), "reft_rank is 500");
        assertRefused("bottleneck_adapter", Map.of("adapter_leave_out", "0,1"), "leaves no block of 2");
        assertRefused("bottleneck_adapter", Map.of("adapter_config", "lora"), "wanted one of houlsby, pfeiffer");
        assertRefused(
                "prompt_tuning", Map.of("prompt_tuning_init", "MEAN"), "wanted one of SAMPLE_VOCAB, RANDOM, TEXT");
        assertRefused("prompt_tuning", Map.of("prompt_tuning_init", "TEXT"), "prompt_tuning_init_text is not set");
        assertRefused("prompt_tuning", Map.of("prompt_tuning_init_text", "a"), "wanted a text with TEXT");
        assertRefused(
                "prompt_tuning",
                Map.of("prompt_tuning_init", "TEXT", "prompt_tuning_init_text", "a"),
                "prompt_tuning_init_text 'a' has no tokens");
        PeftRecipe prefix = new PeftRecipe(
                "long",
                "gqa_tied",
                "prefix_tuning",
                Map.of("num_prefix_tokens", 60),
                PeftRecipe.named("prefix").traits());
        try (AdaptedModel model = prefix.fresh(ScalarType.Float)) {
            assertThatThrownBy(() -> model.evaluate(prefix.pack()))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("max_position_embeddings of 64")
                    .hasMessageContaining("virtual tokens");
        }
    }

    private static void assertRefused(String method, Map<String, Object> settings, String message) {
        PeftRecipe recipe = new PeftRecipe(
                "refused",
                "gqa_tied",
                method,
                settings,
                PeftRecipe.named("prefix").traits());
        assertThatThrownBy(() -> recipe.fresh(ScalarType.Float).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }

    /** As many tokens of a text as there is room for, from the first again where they end; cut where they do not. */
    @Test
    void promptsBeginAsTheTokensOfAText() {
        for (List<Integer> ids : List.of(List.of(5, 9), List.of(4, 3, 2, 1))) {
            PeftOptions options = PromptText.with(
                    new PeftOptions(
                            "prompt_tuning",
                            Map.of(
                                    "num_virtual_tokens", 3,
                                    "prompt_tuning_init", "TEXT",
                                    "prompt_tuning_init_text", "a, b"),
                            null),
                    ids);
            assertThat(PromptText.of(options)).hasValue("a, b");
            PeftRecipe recipe = PeftRecipe.named("prompt");
            TensorScope.run(() -> {
                try (AdaptedModel model =
                        Adapters.of(options, 7).load(recipe.builder(ScalarType.Float), recipe.baseDir())) {
                    Tensor table = model.parts().get(0).get(0).tensor().detach();
                    Tensor prompts = model.parameters().get(0).tensor().detach();
                    for (int token = 0; token < 3; token++) {
                        int id = ids.get(token % ids.size());
                        assertThat(prompts.select(0, token).equal(table.select(0, id)))
                                .isTrue();
                    }
                }
            });
        }
    }

    /** Sampled prompts begin as rows of the embedding. */
    @Test
    void promptsBeginAsTokensOfTheVocabulary() {
        TensorScope.run(() -> {
            try (AdaptedModel model = PeftRecipe.named("prompt").fresh(ScalarType.Float)) {
                Tensor prompts = model.parameters().get(0).tensor().detach();
                Tensor table = model.parts().get(0).get(0).tensor().detach();
                for (int token = 0; token < prompts.size(0); token++) {
                    Tensor distances = table.sub(prompts.select(0, token)).abs().amax(new long[] {1}, false);
                    assertThat(distances.min().item_double()).isCloseTo(0, within(0.0));
                }
            }
        });
    }
}
