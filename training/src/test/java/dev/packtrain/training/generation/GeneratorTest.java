package dev.packtrain.training.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Llama;
import dev.packtrain.training.model.LlamaConfig;
import dev.packtrain.training.model.Packs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final int VOCAB = 53;
    private static final int[] PROMPT = {4, 8, 15, 16, 23, 42};
    private static final LlamaConfig CONFIG =
            new LlamaConfig(VOCAB, 32, 48, 2, 4, 2, 8, 1e-5, 10_000, true, 64, 0.3, null);

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static void withModel(Consumer<Llama> body) {
        TensorScope.run(() -> {
            try (Llama model = Llama.fromScratch(CONFIG, 5, ScalarType.Float, ComputeDevice.CPU)) {
                body.accept(model);
            }
        });
    }

    @Test
    void greedyWithTheCacheIsGreedyWithoutIt() {
        withModel(model -> {
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
            assertThatThrownBy(() ->
                            generator.generate(new int[] {VOCAB}, GenerationOptions.greedy(1, Set.of()), token -> {}))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("token id 53");
        });
    }

    private static GenerationOptions sampled(long seed) {
        return new GenerationOptions(30, 1.0, 20, 0.95, seed, Set.of());
    }

    private static int greedyNext(Llama model, int[] sequence) {
        return TensorScope.value(() -> {
            Tensor logitsTV = model.logits(Packs.of(sequence, sequence.clone(), new int[] {0, sequence.length}, 0));
            return (int) logitsTV.select(0, sequence.length - 1L).argmax().item_long();
        });
    }
}
