package dev.packtrain.training.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.attention.LayerAttentions;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.TinyFamilies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GeneratorTest {
    private static final int[] PROMPT = {4, 8, 15, 16, 23, 42};

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static void withModel(Consumer<Decoder> body) {
        withModel(TinyFamilies.all().findFirst().orElseThrow(), body);
    }

    private static void withModel(DecoderConfig config, Consumer<Decoder> body) {
        TensorScope.run(() -> {
            try (Decoder model = new DecoderBuilder(config)
                    .attention(new ReferenceAttention())
                    .fromScratch(5)) {
                body.accept(model);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.packtrain.training.model.TinyFamilies#all")
    void greedyWithTheCacheIsGreedyWithoutIt(DecoderConfig config) {
        withModel(config, model -> {
            List<Integer> streamed = new ArrayList<>();
            int[] generated =
                    new Generator(model).generate(PROMPT, GenerationOptions.greedy(25, Set.of()), streamed::add);
            int[] sequence = PROMPT;
            for (int i = 0; i < 25; i++) {
                sequence = IntStream.concat(Arrays.stream(sequence), IntStream.of(greedyNext(model, sequence)))
                        .toArray();
            }
            assertThat(generated).isEqualTo(Arrays.copyOfRange(sequence, PROMPT.length, sequence.length));
            assertThat(streamed)
                    .containsExactlyElementsOf(Arrays.stream(generated).boxed().toList());
            assertThat(Arrays.stream(generated).distinct().count()).isGreaterThan(3);
        });
    }

    @Test
    void withDynamicScalingASequenceTurnsAsADocumentOfTheLengthItMayReach() {
        int length = 64;
        withModel(TinyFamilies.dynamic(), model -> {
            int[] generated = new Generator(model)
                    .generate(PROMPT, GenerationOptions.greedy(length - PROMPT.length, Set.of()), token -> {});
            int[] sequence = IntStream.concat(Arrays.stream(PROMPT), Arrays.stream(generated))
                    .toArray();
            boolean differsByLength = false;
            for (int t = PROMPT.length; t < length; t++) {
                int[] before = Arrays.copyOf(sequence, t);
                assertThat(greedyNext(model, before, length)).as("token %d", t).isEqualTo(sequence[t]);
                differsByLength |= greedyNext(model, before, t) != sequence[t];
            }
            assertThat(differsByLength).isTrue();
        });
    }

    private static int greedyNext(Decoder model, int[] sequence, int length) {
        return TensorScope.value(() -> {
            try (LayerAttentions attention = model.prepareAttention(window -> FlashMasks.causal(sequence.length))) {
                Tensor logitsV = model.nextLogits(sequence, 0, length, (layer, q, k, v) -> attention
                        .of(layer)
                        .forward(q, k, v)
                        .oTHD());
                return (int) logitsV.argmax().item_long();
            }
        });
    }

    @Test
    void anEndTokenEndsTheSequence() {
        withModel(model -> {
            Generator generator = new Generator(model);
            int[] all = generator.generate(PROMPT, GenerationOptions.greedy(20, Set.of()), token -> {});
            int end = all[6];
            int first = IntStream.range(0, all.length)
                    .filter(i -> all[i] == end)
                    .findFirst()
                    .orElseThrow();
            int[] ended = generator.generate(PROMPT, GenerationOptions.greedy(20, Set.of(end)), token -> {});
            assertThat(ended).isEqualTo(Arrays.copyOf(all, first));
        });
    }

    @Test
    void theSeedDecidesASample() {
        withModel(model -> {
            Generator generator = new Generator(model);
            int[] first = generator.generate(PROMPT, sampled(1), token -> {});
            assertThat(generator.generate(PROMPT, sampled(1), token -> {})).isEqualTo(first);
            assertThat(generator.generate(PROMPT, sampled(2), token -> {})).isNotEqualTo(first);
        });
    }

    @Test
    void whatDoesNotFitIsRefused() {
        withModel(model -> {
            Generator generator = new Generator(model);
            assertThatThrownBy(() -> generator.generate(PROMPT, GenerationOptions.greedy(60, Set.of()), token -> {}))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("at most 64 together");
            assertThatThrownBy(() -> generator.generate(
                            new int[] {TinyFamilies.VOCAB}, GenerationOptions.greedy(1, Set.of()), token -> {}))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("token id 53");
        });
    }

    private static GenerationOptions sampled(long seed) {
        return new GenerationOptions(30, 1.0, 20, 0.95, seed, Set.of());
    }

    private static int greedyNext(Decoder model, int[] sequence) {
        return TensorScope.value(() -> {
            Tensor logitsTV = model.logits(Packs.of(sequence, sequence.clone(), new int[] {0, sequence.length}, 0));
            return (int) logitsTV.select(0, sequence.length - 1L).argmax().item_long();
        });
    }
}
