package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every mesh of four processes trains what one process trains, on the same global batches in two microbatches a rank; with
 * 21 packs in portions of 8, ranks are without packs in the last step of an epoch.
 */
@ExtendWith(MeshLab.Shared.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshEqualityDistributedTest {
    private static final int STEPS = 20;

    @TempDir
    static Path temp;

    private final Map<Boolean, MeshTraining> trainings = new HashMap<>();
    private final Map<Boolean, MeshTraining.Result> inOneProcess = new HashMap<>();
    private Path base;
    private MeshTraining.Result loraInOneProcess;

    @BeforeAll
    void trainInOneProcess(MeshLab lab) throws Exception {
        MeshTraining untied = MeshTraining.of(lab, temp);
        trainings.put(false, untied);
        trainings.put(true, untied.with(Map.of("tie_word_embeddings", "true")));
        for (boolean tied : new boolean[] {false, true}) {
            inOneProcess.put(tied, train(MeshLayout.ONE, tied));
        }
        base = untied.train(1, ParallelOptions.NONE, 1).output();
        // It is not that of the made-up data.
        Files.delete(base.resolve("tokenizer.json"));
        loraInOneProcess = trainLora(MeshLayout.ONE);
    }

    private MeshTraining.Result train(MeshLayout layout, boolean tied) throws Exception {
        return trainings.get(tied).train(layout.worldSize(), layout.parallel(), STEPS);
    }

    static Stream<MeshLayout> meshesOfFour() {
        return MeshLayout.all(4);
    }

    @Test
    void theModelLearns() {
        for (boolean tied : new boolean[] {false, true}) {
            MeshTraining.Result one = inOneProcess.get(tied);
            assertThat(one.losses()).hasSize(STEPS);
            assertThat(one.losses().get(STEPS - 1)).isLessThan(one.losses().get(0) - 0.2);
        }
        assertThat(loraInOneProcess.losses().get(STEPS - 1))
                .isLessThan(loraInOneProcess.losses().get(0) - 0.1);
    }

    @ParameterizedTest
    @MethodSource("meshesOfFour")
    void fourProcessesTrainWhatOneTrainsAndRerunsAreTheSameBits(MeshLayout layout) throws Exception {
        MeshTraining.Result first = train(layout, false);
        first.mustEqual(inOneProcess.get(false));
        train(layout, false).mustBe(first);
    }

    /** Each split of the head; stages without one are in {@link ShardingDistributedTest}. */
    static Stream<MeshLayout> meshesThatSplitTheHead() {
        return meshesOfFour().filter(layout -> {
            ParallelOptions parallel = layout.parallel();
            return parallel.tensorParallelDegree() > 1
                    && (parallel.sequenceParallel() || parallel.sharding() == Sharding.NONE);
        });
    }

    @ParameterizedTest
    @MethodSource("meshesThatSplitTheHead")
    void soTheyDoWithATiedHead(MeshLayout layout) throws Exception {
        train(layout, true).mustEqual(inOneProcess.get(true));
    }

    @ParameterizedTest
    @MethodSource("meshesOfFour")
    void soTheyDoWithAdaptersOnAFrozenModel(MeshLayout layout) throws Exception {
        List<Double> losses = trainLora(layout).losses();
        for (int step = 0; step < STEPS; step++) {
            assertThat(losses.get(step) / loraInOneProcess.losses().get(step))
                    .as("loss of step %d, relative", step + 1)
                    .isCloseTo(1, within(MeshTraining.RELATIVE));
        }
    }

    private MeshTraining.Result trainLora(MeshLayout layout) throws Exception {
        MeshTraining training = trainings.get(false);
        TrainingOptions tiny =
                training.options(layout.worldSize(), layout.parallel(), STEPS).withConfig("unused");
        PeftOptions lora =
                new PeftOptions("lora", Map.of("lora_rank", 4, "lora_dropout", 0.1, "lora_plus_scale", 4.0), null);
        TrainingOptions options = tiny.withModel(
                new ModelOptions(base.toString(), null, Map.of(), tiny.model().attention(), lora));
        return training.train(layout.worldSize(), options, temp.resolve("lora-" + System.nanoTime()));
    }

    /** What is made again is gathered for the backward pass once, and sums over tensor ranks are made again. */
    @Test
    void recomputationChangesNoBit() throws Exception {
        MeshLayout layout = MeshLayout.of(1, 2, 2, Sharding.STAGE3, true);
        MeshTraining.Result kept = train(layout, true);
        for (Recompute recompute : List.of(Recompute.FULL, Recompute.FULL_ATTN, Recompute.CORE_ATTN)) {
            train(layout.recompute(recompute), true).mustBe(kept);
        }
    }
}
