package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.metrics.LogWindow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a run stands: {@code trainer_state.json}. Together with weights and optimizer state it is all that the rest of
 * the run depends on.
 *
 * @param identity what a resumed run must have in common with this one
 * @param step steps done
 * @param epoch epochs done
 * @param position packs of the current epoch already trained on
 * @param totalSteps steps of the whole run, which the learning rate depends on
 * @param worldSize number of ranks, for information
 * @param lossTotal sum of all steps' mean losses
 * @param window steps since the last log record
 */
public record TrainerState(
        RunIdentity identity,
        int step,
        double epoch,
        int position,
        int totalSteps,
        int worldSize,
        double lossTotal,
        LogWindow window) {
    /** Its name in a checkpoint. */
    public static final String FILE_NAME = "trainer_state.json";

    /** Before the first step. */
    public static TrainerState start(RunIdentity identity, int totalSteps, int worldSize) {
        return new TrainerState(identity, 0, 0, 0, totalSteps, worldSize, 0, LogWindow.EMPTY);
    }

    /** The same, for a run that goes on with maybe another end and another number of ranks. */
    public TrainerState continuing(int newTotalSteps, int newWorldSize) {
        return new TrainerState(identity, step, epoch, position, newTotalSteps, newWorldSize, lossTotal, window);
    }

    /** The same, with another log window. */
    public TrainerState withWindow(LogWindow newWindow) {
        return new TrainerState(identity, step, epoch, position, totalSteps, worldSize, lossTotal, newWindow);
    }

    /** Writes the file into a checkpoint. */
    public void write(Path dir) throws IOException {
        Files.writeString(dir.resolve(FILE_NAME), StrictJson.MAPPER.writeValueAsString(this) + "\n");
    }

    /** Reads the file of a checkpoint. */
    public static TrainerState read(Path dir) throws IOException {
        Path file = dir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(
                    "%s is not a checkpoint: it has no %s; give a checkpoint-<step> folder that every rank can read, or true for the newest one."
                            .formatted(dir, FILE_NAME));
        }
        try {
            return StrictJson.MAPPER.readValue(Files.readString(file), TrainerState.class);
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    "%s cannot be read (%s); it was written by another version or damaged: resume from another checkpoint."
                            .formatted(file, e.getOriginalMessage()),
                    e);
        }
    }
}
