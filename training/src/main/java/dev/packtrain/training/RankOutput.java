package dev.packtrain.training;

import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.metrics.StepFigures;
import java.util.Map;
import java.util.function.Consumer;

/** What ranks other than 0 say: that they live. */
final class RankOutput implements TrainerListener {
    private final Consumer<TrainerEvent> events;

    RankOutput(Consumer<TrainerEvent> events) {
        this.events = events;
    }

    @Override
    public void stepDone(TrainerState state, StepFigures figures) {
        events.accept(new TrainerEvent.Step(state.step(), Map.of()));
    }

    @Override
    public void logDue(TrainerState state, StepFigures figures) {}

    @Override
    public void checkpointDue(TrainerState state) {}
}
