package dev.packtrain.training;

import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.BatchLoader;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.LogWindow;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.metrics.StepPart;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.optim.LearningRateSchedule;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.shard.ShardedState;
import dev.packtrain.training.shard.ShardingPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Trains a model over the ranks of a mesh: each data rank on its own packs, with the trained state spread as the options ask.
 *
 * <p>Takes over the model's parameters, see {@link ShardedState}. A log record is due every {@code logging_steps} steps and
 * after the last one; a checkpoint every {@code save_steps}; an evaluation as {@code eval_strategy} says, and after the last
 * step. Used by one thread.
 */
public final class Trainer implements AutoCloseable {
    private final TrainingOptions options;
    private final StepPlan plan;
    private final MeshGroups groups;
    private final ShardedState state;
    private final TrainingStep step;

    /**
     * A trainer.
     *
     * @param model belongs to the caller, who closes it after the trainer
     * @param options the run
     * @param plan packs of every step, divided over the data ranks
     * @param groups the ranks
     * @param offloadDir where state goes that is offloaded to disk: an empty directory of this rank, which the caller
     *     deletes after the trainer; not looked at without such an offload
     */
    public Trainer(CausalLM model, TrainingOptions options, StepPlan plan, MeshGroups groups, Path offloadDir) {
        this.options = options;
        this.plan = plan;
        this.groups = groups;
        ParallelOptions parallel = options.parallel();
        ComputeDevice device =
                TensorFactory.like(model.parameters().get(0).tensor()).device();
        ShardingPlan.check(parallel.sharding(), parallel.offload(), device);
        ComputeDevice place = parallel.offload() == ParallelOptions.Offload.NONE ? device : ComputeDevice.CPU;
        int passes = options.batch().perDeviceTrainBatchSize() * options.batch().gradientAccumulationSteps();
        this.state = ShardedState.of(
                model,
                new AdamW(options.optimizer(), place),
                new ShardingPlan(groups, parallel.sharding(), parallel.offload(), offloadDir, passes));
        LearningRateSchedule schedule =
                new LearningRateSchedule(options.schedule(), options.optimizer().learningRate(), plan.totalSteps());
        model.updateRule().begins(plan.totalSteps());
        this.step = new TrainingStep(model, state, plan, schedule, groups);
    }

    /** What is trained: weights, gradients and optimizer state of this rank. */
    public ShardedState state() {
        return state;
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
        return run(start, packs, Optional.empty(), listener);
    }

    /** The same, with evaluations in between: they change nothing of what is trained. */
    public TrainerState run(
            TrainerState start, PackSource packs, Optional<Evaluation> evaluation, TrainerListener listener)
            throws IOException, InterruptedException {
        TrainerState now = start;
        if (now.step() >= plan.totalSteps()) {
            // A run that was over has its results to give again.
            evaluate(now, evaluation, listener);
            return now;
        }
        try (BatchLoader loader = new BatchLoader(
                packs, plan, groups.mesh().dataRank(groups.world().rank()), now.step())) {
            while (now.step() < plan.totalSteps()) {
                StepClock clock = new StepClock();
                RankBatch batch = loader.next();
                clock.lap(StepPart.LOADER);
                listener.stepStarts(batch);
                StepFigures figures = step.run(batch, clock);
                now = after(now, figures);
                listener.stepDone(now, figures);
                if (isDue(now, options.logging().loggingSteps()) || now.step() == plan.totalSteps()) {
                    listener.logDue(now, figures);
                    now = now.withWindow(LogWindow.EMPTY);
                }
                if (evaluationIsDue(now)) {
                    evaluate(now, evaluation, listener);
                }
                if (isDue(now, options.saving().saveSteps())) {
                    listener.checkpointDue(now);
                }
            }
        }
        return now;
    }

    private static boolean isDue(TrainerState state, int every) {
        return every > 0 && state.step() % every == 0;
    }

    private boolean evaluationIsDue(TrainerState state) {
        return state.step() == plan.totalSteps()
                || switch (options.evaluation().strategy()) {
                    case NO -> false;
                    case STEPS -> isDue(state, options.evaluation().evalSteps());
                    case EPOCH -> plan.positionAfter(state.step()) == 0;
                };
    }

    private static void evaluate(TrainerState state, Optional<Evaluation> evaluation, TrainerListener listener)
            throws IOException {
        if (evaluation.isPresent()) {
            int total = evaluation.get().numPacks();
            listener.evaluated(state, evaluation.get().run(done -> listener.evaluating(state, done, total)), total);
        }
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
        state.close();
    }
}
