package dev.packtrain.training.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** Fills a run's state from a checkpoint that any other mesh may have written. */
public final class CheckpointReader {
    private CheckpointReader() {}

    /**
     * Reads every piece that this rank holds, and nothing else.
     *
     * @param checkpoint intact, see {@link CheckpointCheck}
     * @throws dev.packtrain.packing.BadInputException if it is of another model or of other dtypes
     */
    public static void restore(Path checkpoint, TrainedState state) throws IOException {
        try (PieceReader reader = PieceReader.open(checkpoint, PieceMap.read(checkpoint))) {
            reader.restore(state.pieces());
        }
        state.restored();
    }
}
