package dev.packtrain.training;

import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.data.BatchLoader;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.metrics.LogWindow;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.metrics.StepPart;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.optim.FlatParameters;
import dev.packtrain.training.optim.LearningRateSchedule;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains a model, data-parallel over the ranks of a group: every rank holds the whole model, and gradients are summed.
 *
 * <p>Takes over the model's parameters: their storage and gradients become views of flat buffers. A log record is due
 * every {@code logging_steps} steps and after the last one; a checkpoint every {@code save_steps}. Used by one thread.
 */
public final class Trainer implements AutoCloseable {
    private final TrainingOptions options;
    private final StepPlan plan;
    private final ProcessGroup group;
    private final FlatParameters parameters;
    private final AdamW optimizer;
    private final TrainingStep step;

    /**
     * A trainer.
     *
     * @param model belongs to the caller, who closes it after the trainer
     * @param options the run
     * @param plan packs of every step
     * @param group the ranks
     */
    public Trainer(CausalLM model, TrainingOptions options, StepPlan plan, ProcessGroup group) {
        this.options = options;
        this.plan = plan;
        this.group = group;
        this.parameters = new FlatParameters(model.parameters(), plan.globalBatch() > 1);
        this.optimizer = new AdamW(parameters, options.optimizer());
        LearningRateSchedule schedule =
                new LearningRateSchedule(options.schedule(), options.optimizer().learningRate(), plan.totalSteps());
        this.step = new TrainingStep(model, parameters, optimizer, schedule, group);
    }

    /** The model's parameters, which optimizer state read from a checkpoint goes into. */
    public FlatParameters parameters() {
        return parameters;
    }

    /** The optimizer, whose moments read from a checkpoint go into. */
    public AdamW optimizer() {
        return optimizer;
    }

    /** Gives every rank the weights and optimizer state of rank 0. */
    public void copyFromRankZero() {
        group.broadcast(parameters.weights(), 0, "weights");
        // As bytes: the collectives know no int16.
        parameters
                .remainders()
                .ifPresent(remainders -> TensorScope.run(() ->
                        group.broadcast(remainders.view(ScalarType.Byte), 0, "remainders of the master weights")));
        group.broadcast(optimizer.expAvg(), 0, "first moments");
        group.broadcast(optimizer.expAvgSq(), 0, "second moments");
    }

    /**
     * Trains to the end of the plan.
     *
     * @param start where the run stands
     * @param packs the data; only used while this runs
     * @param listener told of every step
     * @return where the run stands then
     */
    public TrainerState run(TrainerState start, PackSource packs, TrainerListener listener)
            throws IOException, InterruptedException {
        TrainerState state = start;
        if (state.step() >= plan.totalSteps()) {
            return state;
        }
        try (BatchLoader loader = new BatchLoader(packs, plan, group.rank(), state.step())) {
            while (state.step() < plan.totalSteps()) {
                StepClock clock = new StepClock();
                RankBatch batch = loader.next();
                clock.lap(StepPart.LOADER);
                listener.stepStarts(batch);
                StepFigures figures = step.run(batch, clock);
                state = after(state, figures);
                listener.stepDone(state, figures);
                if (isDue(state, options.logging().loggingSteps()) || state.step() == plan.totalSteps()) {
                    listener.logDue(state, figures);
                    state = state.withWindow(LogWindow.EMPTY);
                }
                if (isDue(state, options.saving().saveSteps())) {
                    listener.checkpointDue(state);
                    group.barrier("checkpoint");
                }
            }
        }
        return state;
    }

    private static boolean isDue(TrainerState state, int every) {
        return every > 0 && state.step() % every == 0;
    }

    private TrainerState after(TrainerState state, StepFigures figures) {
        int done = state.step() + 1;
        return new TrainerState(
                state.identity(),
                done,
                plan.epochsAfter(done),
                plan.positionAfter(done),
                state.totalSteps(),
                state.worldSize(),
                state.lossTotal() + figures.loss(),
                state.window().plus(figures));
    }

    @Override
    public void close() {
        optimizer.close();
        parameters.close();
    }
}
