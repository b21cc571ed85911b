package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.metrics.StepPart;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.optim.LearningRateSchedule;
import dev.packtrain.training.shard.ShardedState;
import java.util.Arrays;
import java.util.List;

/**
 * One optimizer step over the global batch.
 *
 * <p>The loss is the mean over the label tokens of all ranks and microbatches (not a mean of means): the label tokens are
 * counted and summed over the ranks first, and every gradient is scaled by one over that number.
 */
final class TrainingStep {
    private static final int MAX_SHOWN = 32;
    private static final double NANOS = 1e9;

    private final CausalLM model;
    private final ShardedState state;
    private final StepPlan plan;
    private final LearningRateSchedule schedule;
    private final MeshGroups groups;
    private final GlobalSums sums;

    TrainingStep(CausalLM model, ShardedState state, StepPlan plan, LearningRateSchedule schedule, MeshGroups groups) {
        this.model = model;
        this.state = state;
        this.plan = plan;
        this.schedule = schedule;
        this.groups = groups;
        this.sums = new GlobalSums(model.parameters().get(0).tensor());
    }

    /** Trains on a batch; throws {@link BadInputException} if loss or gradient is not a finite number. */
    StepFigures run(RankBatch batch, StepClock clock) {
        long start = System.nanoTime();
        long[] counts =
                sums.of(groups.batch(), "label tokens", batch.numLabelTokens(), batch.numTokens(), batch.numSlots());
        if (counts[0] == 0) {
            throw new BadInputException(
                    "step %d has no label token in its whole global batch (packs %s), so there is nothing to learn from; look at their labels, or make the global batch larger."
                            .formatted(
                                    batch.step() + 1,
                                    shown(Arrays.stream(batch.globalPacks())
                                            .asLongStream()
                                            .toArray())));
        }
        clock.lap(StepPart.OPTIMIZER);
        model.beginStep(batch.step());
        model.updateRule().beginStep(batch.step());
        LossSum local = forwardBackward(batch, 1.0 / counts[0], clock);
        double lossSum = sums.of(groups.batch(), "loss", local.sum());
        requireFinite("loss", lossSum, local.sum(), batch);
        state.finishGradients();
        double gradNorm = gradNorm();
        requireFinite("grad_norm", gradNorm, gradNorm, batch);
        double learningRate = schedule.at(batch.step()) * model.updateRule().learningRateScale(batch.step());
        state.update(batch.step() + 1, learningRate, gradNorm);
        clock.lap(StepPart.OPTIMIZER);
        double seconds = (System.nanoTime() - start) / NANOS;
        return new StepFigures(
                lossSum, counts[0], counts[1], counts[2], gradNorm, learningRate, seconds, clock.seconds());
    }

    /** Every element of the model counts once, whoever has it. */
    private double gradNorm() {
        double ofReplica = sums.of(groups.shard(), "squares of gradients", state.ownSquares());
        return Math.sqrt(sums.of(groups.tensor(), "squares of gradients", ofReplica));
    }

    /** All ranks make as many passes: one that has no pack left announces one without making it. */
    private LossSum forwardBackward(RankBatch batch, double gradScale, StepClock clock) {
        LossSum sum = LossSum.ZERO;
        int[] passes = plan.passes(batch.globalPacks().length);
        int inStep = Arrays.stream(passes).sum();
        int number = 0;
        for (int m = 0; m < passes.length; m++) {
            List<PackedSequence> packs = batch.microbatches().get(m);
            for (int i = 0; i < passes[m]; i++) {
                state.beginPass(number++, inStep);
                if (i < packs.size()) {
                    sum = sum.plus(model.forwardBackward(packs.get(i), gradScale, clock));
                } else {
                    model.skip();
                }
            }
        }
        if (sum.numLabelTokens() != batch.numLabelTokens()) {
            throw new IllegalStateException("the model scored %d label tokens of %d in step %d"
                    .formatted(sum.numLabelTokens(), batch.numLabelTokens(), batch.step() + 1));
        }
        return sum;
    }

    private static void requireFinite(String name, double global, double local, RankBatch batch) {
        if (!Double.isFinite(global)) {
            String here = Double.isFinite(local) ? "caused by another rank, not by" : "trained on";
            // Before the first update neither of the two has had an effect.
            String remedy = batch.step() == 0
                    ? "nothing has been learnt yet, so look at the weights that the run begins with, and at these examples."
                    : "lower learning_rate or max_grad_norm, or look at these examples.";
            throw new BadInputException("%s is %s in step %d (%s examples %s of this rank); %s"
                    .formatted(name, global, batch.step() + 1, here, shown(batch.exampleIds()), remedy));
        }
    }

    private static String shown(long[] ids) {
        String text = Arrays.toString(Arrays.copyOf(ids, Math.min(ids.length, MAX_SHOWN)));
        return ids.length <= MAX_SHOWN ? text : text.replace("]", ", … %d in all]".formatted(ids.length));
    }
}
