package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A run that goes on with another mesh is the run that was never interrupted, for every ordered pair of meshes. */
@ExtendWith(MeshLab.Shared.class)
class ReshardDistributedTest {
    private static final int BEFORE = 10;
    private static final int STEPS = 13;

    @TempDir
    Path temp;

    private enum Mesh {
        ONE(1, 1, Sharding.NONE),
        DATA_2(2, 1, Sharding.NONE),
        STAGE2_2(2, 1, Sharding.STAGE2),
        STAGE3_2(2, 1, Sharding.STAGE3),
        TENSOR_2(2, 2, Sharding.NONE),
        TENSOR_2_STAGE3_2(4, 2, Sharding.STAGE3);

        private final int worldSize;
        private final int tensor;
        private final Sharding sharding;

        Mesh(int worldSize, int tensor, Sharding sharding) {
            this.worldSize = worldSize;
            this.tensor = tensor;
            this.sharding = sharding;
        }

        ParallelOptions parallel() {
            int sharded = sharding == Sharding.NONE ? 1 : ParallelOptions.ALL_RANKS;
            return new ParallelOptions(tensor, false, sharding, sharded, Offload.NONE, Recompute.NONE);
        }
    }

    @Test
    void everyMeshContinuesWhatAnyOtherBegan(MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        MeshTraining.Result whole = training.train(1, ParallelOptions.NONE, STEPS);
        Map<Mesh, Path> begun = new EnumMap<>(Mesh.class);
        for (Mesh mesh : Mesh.values()) {
            Path output = temp.resolve("from-" + mesh);
            // The run has all steps from its beginning, since the learning rate depends on their number.
            TinyOptions options =
                    training.options(mesh.worldSize, mesh.parallel(), STEPS).saving(BEFORE, 0, "", false);
            training.train(mesh.worldSize, options, output).mustEqual(whole);
            begun.put(mesh, output.resolve("checkpoint-" + BEFORE));
        }
        for (Mesh from : Mesh.values()) {
            for (Mesh to : Mesh.values()) {
                if (from != to) {
                    goesOn(training, from, begun.get(from), to, whole);
                }
            }
        }
    }

    private void goesOn(MeshTraining training, Mesh from, Path checkpoint, Mesh to, MeshTraining.Result whole)
            throws Exception {
        TinyOptions options =
                training.options(to.worldSize, to.parallel(), STEPS).saving(0, 0, checkpoint.toString(), false);
        MeshTraining.Result rest = training.train(to.worldSize, options, temp.resolve("from-" + from + "-to-" + to));
        assertThat(rest.losses()).as("%s to %s", from, to).hasSize(STEPS - BEFORE);
        for (int step = 0; step < STEPS - BEFORE; step++) {
            assertThat(rest.losses().get(step) / whole.losses().get(BEFORE + step))
                    .as("loss of step %d from %s to %s, relative", BEFORE + step + 1, from, to)
                    .isCloseTo(1, within(MeshTraining.RELATIVE));
            assertThat(rest.exampleIds().get(step))
                    .as("examples of step %d from %s to %s", BEFORE + step + 1, from, to)
                    .isEqualTo(whole.exampleIds().get(BEFORE + step));
        }
    }
}
