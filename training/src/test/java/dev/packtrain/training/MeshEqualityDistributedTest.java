package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
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

    @BeforeAll
    void trainInOneProcess(MeshLab lab) throws Exception {
        MeshTraining untied = MeshTraining.of(lab, temp);
        trainings.put(false, untied);
        trainings.put(true, untied.with(Map.of("tie_word_embeddings", "true")));
        for (boolean tied : new boolean[] {false, true}) {
            inOneProcess.put(tied, train(MeshLayout.ONE, tied));
        }
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
    }

    @ParameterizedTest
    @MethodSource("meshesOfFour")
    void fourProcessesTrainWhatOneTrainsAndRerunsAreTheSameBits(MeshLayout layout) throws Exception {
        MeshTraining.Result first = train(layout, false);
        first.mustEqual(inOneProcess.get(false));
        train(layout, false).mustBe(first);
    }

    @ParameterizedTest
    @MethodSource("meshesOfFour")
    void soTheyDoWithATiedHead(MeshLayout layout) throws Exception {
        train(layout, true).mustEqual(inOneProcess.get(true));
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
