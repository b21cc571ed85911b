package dev.packtrain.training.checkpoint;

import dev.packtrain.training.mesh.DeviceMesh;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Checkpoints of {@link SyntheticState}, written by as many savers as the mesh has ranks. */
final class SyntheticCheckpoint {
    private SyntheticCheckpoint() {}

    /** Writes one, every rank at the same time. */
    static Path write(
            Path outputDir, int step, int limit, List<SyntheticState.Whole> tensors, DeviceMesh mesh, long cuts)
            throws Exception {
        Checkpoints checkpoints = new Checkpoints(outputDir);
        List<SyntheticState> states = new ArrayList<>();
        List<CheckpointSaver> savers = new ArrayList<>();
        try {
            for (int rank = mesh.worldSize() - 1; rank >= 0; rank--) {
                SyntheticState state = SyntheticState.of(tensors, mesh, rank, cuts, true);
                CheckpointSaver saver = saver(checkpoints, rank, mesh.worldSize(), limit);
                saver.save(step, state.pieces(), dir -> Files.writeString(dir.resolve("beside.txt"), "step " + step));
                states.add(state);
                savers.add(saver);
            }
            for (CheckpointSaver saver : savers) {
                saver.finish();
            }
        } finally {
            savers.forEach(CheckpointSaver::close);
            states.forEach(SyntheticState::close);
        }
        return checkpoints.of(step);
    }

    static CheckpointSaver saver(Checkpoints checkpoints, int rank, int worldSize, int limit) {
        CheckpointSaver.Member member = new CheckpointSaver.Member(rank, worldSize, "run", Duration.ofMinutes(3));
        return new CheckpointSaver(checkpoints, member, limit, true, written -> {});
    }
}
