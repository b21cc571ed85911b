package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.metrics.StepPart;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.optim.FlatParameters;
import dev.packtrain.training.optim.LearningRateSchedule;
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
    private final FlatParameters parameters;
    private final AdamW optimizer;
    private final LearningRateSchedule schedule;
    private final ProcessGroup group;
    private final GlobalSums sums;

    TrainingStep(
            CausalLM model,
            FlatParameters parameters,
            AdamW optimizer,
            LearningRateSchedule schedule,
            ProcessGroup group) {
        this.model = model;
        this.parameters = parameters;
        this.optimizer = optimizer;
        this.schedule = schedule;
        this.group = group;
        this.sums = new GlobalSums(group, parameters.weights());
    }

    /** Trains on a batch; throws {@link BadInputException} if loss or gradient is not a finite number. */
    StepFigures run(RankBatch batch, StepClock clock) {
        long start = System.nanoTime();
        long[] counts = sums.of("label tokens", batch.numLabelTokens(), batch.numTokens(), batch.numSlots());
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
        LossSum local = forwardBackward(batch, 1.0 / counts[0], clock);
        double lossSum = sums.of("loss", local.sum());
        requireFinite("loss", lossSum, local.sum(), batch);
        group.allReduceSum(parameters.mainGrads(), "gradients");
        double gradNorm = optimizer.gradNorm();
        requireFinite("grad_norm", gradNorm, gradNorm, batch);
        double learningRate = schedule.at(batch.step());
        optimizer.step(batch.step() + 1, learningRate, gradNorm);
        parameters.zeroGrads();
        clock.lap(StepPart.OPTIMIZER);
        double seconds = (System.nanoTime() - start) / NANOS;
        return new StepFigures(
                lossSum, counts[0], counts[1], counts[2], gradNorm, learningRate, seconds, clock.seconds());
    }

    private LossSum forwardBackward(RankBatch batch, double gradScale, StepClock clock) {
        LossSum sum = LossSum.ZERO;
        for (List<PackedSequence> microbatch : batch.microbatches()) {
            for (PackedSequence pack : microbatch) {
                sum = sum.plus(model.forwardBackward(pack, gradScale, clock));
                parameters.accumulate();
                clock.lap(StepPart.OPTIMIZER);
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
            throw new BadInputException(
                    "%s is %s in step %d (%s examples %s of this rank); lower learning_rate or max_grad_norm, or look at these examples."
                            .formatted(name, global, batch.step() + 1, here, shown(batch.exampleIds())));
        }
    }

    private static String shown(long[] ids) {
        String text = Arrays.toString(Arrays.copyOf(ids, Math.min(ids.length, MAX_SHOWN)));
        return ids.length <= MAX_SHOWN ? text : text.replace("]", ", … %d in all]".formatted(ids.length));
    }
}
