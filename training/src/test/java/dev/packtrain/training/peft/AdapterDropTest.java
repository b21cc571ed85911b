package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.options.PeftOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Robust AdapterDrop: a step is one of the model without the adapters of the first blocks. */
class AdapterDropTest {
    private static final int STEPS = 12;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static PeftRecipe recipe() {
        return PeftRecipe.named("houlsby");
    }

    private static AdaptedModel load(Map<String, Object> more, int seed) {
        PeftRecipe recipe = recipe();
        Map<String, Object> settings = new HashMap<>(recipe.settings());
        settings.putAll(more);
        AdaptedModel model = Adapters.of(new PeftOptions(recipe.method(), settings, null), seed)
                .load(recipe.builder(ScalarType.Double), recipe.baseDir());
        AdapterNoise.add(model);
        return model;
    }

    @Test
    void aStepIsThatOfTheModelWithoutTheFirstAdapters() {
        PackedSequence pack = recipe().pack();
        TensorScope.run(() -> {
            try (AdaptedModel robust = load(Map.of("adapter_drop", true), 7);
                    AdaptedModel whole = load(Map.of(), 7);
                    AdaptedModel upper = load(Map.of("adapter_leave_out", "0"), 7)) {
                Set<Integer> seen = new TreeSet<>();
                for (int step = 0; step < STEPS; step++) {
                    robust.beginStep(step);
                    robust.parameters().stream()
                            .map(parameter -> parameter.tensor().grad())
                            .filter(Tensor::defined)
                            .forEach(Tensor::zero_);
                    double loss = robust.forwardBackward(pack, 1).sum();
                    boolean drops = loss != whole.evaluate(pack).sum();
                    assertThat(loss)
                            .isEqualTo((drops ? upper : whole).evaluate(pack).sum());
                    assertThat(gradientsOfFirst(robust)).isEqualTo(drops ? Set.of(true) : Set.of(false));
                    seen.add(drops ? 1 : 0);
                    assertThat(robust.evaluate(pack).sum())
                            .as("outside of training all are there")
                            .isEqualTo(whole.evaluate(pack).sum());
                }
                assertThat(seen).containsExactly(0, 1);
            }
        });
    }

    /** Whether gradients of the first block's adapters are zero; there is one of each parameter. */
    private static Set<Boolean> gradientsOfFirst(AdaptedModel model) {
        return model.parameters().stream()
                .filter(parameter -> parameter.name().startsWith("model.layers.0."))
                .map(Parameter::tensor)
                .map(tensor -> tensor.grad().count_nonzero().item_long() == 0)
                .collect(Collectors.toSet());
    }

    /** Every number of blocks but all, about as often; by seed and step, whatever the pack. */
    @Test
    void whatIsDroppedIsDrawnEvenlyFromTheSeedAndTheStep() {
        int blocks = 5;
        int steps = 2000;
        TensorScope.run(() -> {
            int[] counts = new int[blocks];
            for (int step = 0; step < steps; step++) {
                counts[drawn(1, step, 3, blocks)]++;
            }
            assertThat(IntStream.of(counts).boxed())
                    .allSatisfy(count -> assertThat(count).isBetween(340, 460)); // 400 ± 3.4 standard deviations
            assertThat(IntStream.range(0, 50)
                            .map(step -> drawn(1, step, 3, blocks))
                            .toArray())
                    .isEqualTo(IntStream.range(0, 50)
                            .map(step -> drawn(1, step, 8, blocks))
                            .toArray())
                    .isNotEqualTo(IntStream.range(0, 50)
                            .map(step -> drawn(2, step, 3, blocks))
                            .toArray());
        });
    }

    private static int drawn(int seed, int step, int tokens, int blocks) {
        TrainingPass pass = new TrainingPass(seed);
        DroppedBlocks dropped = new DroppedBlocks(pass);
        dropped.of(blocks);
        pass.beginStep(step);
        assertThat(dropped.first()).as("not in training").isZero();
        return TensorScope.value(() -> {
            PackedSequence pack = Packs.of(new int[tokens], new int[tokens], new int[] {0, tokens}, 0);
            pass.begin(pack, torch.zeros(1));
            return dropped.first();
        });
    }
}
