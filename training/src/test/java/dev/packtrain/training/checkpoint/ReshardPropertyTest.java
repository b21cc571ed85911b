package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What one mesh has written, any other mesh reads: the same bytes in the same places. */
class ReshardPropertyTest {
    @BeforeContainer
    static void start() {
        TorchRuntime.start(1);
    }

    @Property(tries = 80)
    void everyMeshReadsWhatAnyOtherWrote(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        List<SyntheticState.Whole> tensors = SyntheticState.tensors(random);
        DeviceMesh writers = mesh(random);
        Path dir = Files.createTempDirectory("reshard");
        try {
            Path checkpoint = SyntheticCheckpoint.write(dir, 3, 0, tensors, writers, random.nextLong());
            assertThat(Checkpoints.problemOf(checkpoint)).isEmpty();
            assertThat(Checkpoints.weightsOf(checkpoint)).hasSameSizeAs(tensors);
            DeviceMesh readers = mesh(random);
            long cuts = random.nextLong();
            for (int rank = 0; rank < readers.worldSize(); rank++) {
                readBack(checkpoint, SyntheticState.of(tensors, readers, rank, cuts, false));
            }
        } finally {
            Durable.delete(dir);
        }
    }

    private static void readBack(Path checkpoint, SyntheticState state) throws Exception {
        try (state) {
            CheckpointReader.restore(checkpoint, state);
            for (StatePiece piece : state.pieces()) {
                assertThat(SyntheticState.actual(piece))
                        .as("%s %s %s", piece.name(), piece.kind(), Extent.of(piece))
                        .isEqualTo(SyntheticState.expected(piece));
            }
        }
    }

    private static DeviceMesh mesh(Random random) {
        return new DeviceMesh(1 + random.nextInt(2), 1 + random.nextInt(3), 1 + random.nextInt(4));
    }
}
