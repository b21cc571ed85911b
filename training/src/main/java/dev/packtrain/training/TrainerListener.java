package dev.packtrain.training;

import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.metrics.EvaluationFigures;
import dev.packtrain.training.metrics.StepFigures;
import java.io.IOException;

/** What a {@link Trainer} tells while it works, on every rank, in the order of the methods. */
public interface TrainerListener {
    /** A step begins, on this batch. */
    default void stepStarts(RankBatch batch) {}

    /** A step is done; {@code state.window()} includes it. */
    void stepDone(TrainerState state, StepFigures figures) throws IOException, InterruptedException;

    /** A log record is due: the steps of {@code state.window()}, of which {@code figures} was the last. */
    void logDue(TrainerState state, StepFigures figures) throws IOException;

    /**
     * An evaluation after this step goes on; about once a second.
     *
     * @param done held-out packs of all ranks that are done
     * @param total held-out packs
     */
    default void evaluating(TrainerState state, int done, int total) {}

    /** An evaluation after this step is done. */
    default void evaluated(TrainerState state, EvaluationFigures figures, int numPacks) throws IOException {}

    /** A checkpoint is due; the trained state may change again when this returns. */
    void checkpointDue(TrainerState state) throws IOException, InterruptedException;
}
