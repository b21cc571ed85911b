package dev.packtrain.training;

import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.metrics.StepFigures;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/** What ranks other than 0 say, that they live, and write: their part of every checkpoint. */
final class RankOutput implements TrainerListener {
    private final RankSaving saving;
    private final Consumer<TrainerEvent> events;

    RankOutput(RankSaving saving, Consumer<TrainerEvent> events) {
        this.saving = saving;
        this.events = events;
    }

    @Override
    public void stepDone(TrainerState state, StepFigures figures) throws IOException, InterruptedException {
        saving.check();
        events.accept(new TrainerEvent.Step(state.step(), Map.of()));
    }

    @Override
    public void logDue(TrainerState state, StepFigures figures) {}

    @Override
    public void evaluating(TrainerState state, int done, int total) {
        events.accept(new TrainerEvent.Evaluation(state.step(), done, total, Map.of()));
    }

    @Override
    public void checkpointDue(TrainerState state) throws IOException, InterruptedException {
        saving.checkpoint(state);
    }
}
