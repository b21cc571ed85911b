package dev.packtrain.training.data;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.BatchOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which packs every rank trains on in every step.
 *
 * <p>Step {@code s} (0-based) takes the next {@code B·A·W} packs of its epoch's {@link PackOrder}; the last step of an
 * epoch takes what is left. Inside the global batch, item {@code i} of microbatch {@code m} of rank {@code r} is at
 * position {@code (m·W + r)·B + i}, so {@code W} ranks with {@code A} microbatches and one rank with {@code A·W} see the
 * same packs. A rank beyond the end of a short batch has no packs and contributes zeros.
 *
 * <p>Not thread safe: the permutation of the epoch last asked for is kept.
 */
public final class StepPlan {
    private final int numPacks;
    private final int[] bucketOf;
    private final BatchOptions batch;
    private final int worldSize;
    private final int totalSteps;
    private int keptEpoch = -1;
    private int[] keptOrder = new int[0];

    /**
     * A plan for packs without length buckets.
     *
     * @param numPacks packs of the data set, at least 1
     * @param batch portions, length and seed
     * @param worldSize number of ranks that read different packs
     */
    public StepPlan(int numPacks, BatchOptions batch, int worldSize) {
        this(new int[numPacks], batch, worldSize);
    }

    /**
     * A plan.
     *
     * @param bucketOf length bucket of each pack of the data set, at least 1 pack; lower buckets come first in an epoch
     * @param batch portions, length and seed
     * @param worldSize number of ranks that read different packs
     */
    public StepPlan(int[] bucketOf, BatchOptions batch, int worldSize) {
        this.numPacks = bucketOf.length;
        if (numPacks < 1) {
            throw new BadInputException("the data set has no packs, wanted at least 1: look at its report.json.");
        }
        this.bucketOf = bucketOf.clone();
        this.batch = batch;
        this.worldSize = worldSize;
        requireCountable();
        this.totalSteps = totalSteps(batch);
    }

    private void requireCountable() {
        double packs = (double) batch.perDeviceTrainBatchSize() * batch.gradientAccumulationSteps() * worldSize;
        if (packs > Integer.MAX_VALUE) {
            throw new BadInputException(
                    "per_device_train_batch_size %d × gradient_accumulation_steps %d × %d data ranks are %.0f packs a step, wanted at most %d; make one of them smaller."
                            .formatted(
                                    batch.perDeviceTrainBatchSize(),
                                    batch.gradientAccumulationSteps(),
                                    worldSize,
                                    packs,
                                    Integer.MAX_VALUE));
        }
    }

    private int totalSteps(BatchOptions options) {
        if (options.maxSteps() > 0) {
            return options.maxSteps();
        }
        double steps = Math.ceil(options.numTrainEpochs() * stepsPerEpoch());
        if (!(steps >= 1 && steps <= Integer.MAX_VALUE)) {
            throw new BadInputException("num_train_epochs %s over %d packs gives %s steps; wanted 1 to %d."
                    .formatted(options.numTrainEpochs(), numPacks, steps, Integer.MAX_VALUE));
        }
        return (int) steps;
    }

    /** Packs in a full global batch. */
    public int globalBatch() {
        return Math.multiplyExact(
                Math.multiplyExact(batch.perDeviceTrainBatchSize(), batch.gradientAccumulationSteps()), worldSize);
    }

    /** {@code ceil(numPacks / globalBatch)}. */
    public int stepsPerEpoch() {
        return (numPacks - 1) / globalBatch() + 1;
    }

    /** {@code max_steps} if it is set, else {@code ceil(num_train_epochs · stepsPerEpoch)}. */
    public int totalSteps() {
        return totalSteps;
    }

    /** Epochs done after so many steps, as a fraction. */
    public double epochsAfter(int steps) {
        return (double) steps / stepsPerEpoch();
    }

    /** Packs of the then current epoch trained on after so many steps; 0 at the start of an epoch. */
    public int positionAfter(int steps) {
        return steps % stepsPerEpoch() * globalBatch();
    }

    /**
     * Pack numbers of a step's global batch, in order.
     *
     * @param step 0-based
     */
    public int[] globalBatch(int step) {
        int epoch = step / stepsPerEpoch();
        if (epoch != keptEpoch) {
            keptOrder = PackOrder.permutation(batch.seed(), epoch, bucketOf);
            keptEpoch = epoch;
        }
        long from = (long) (step % stepsPerEpoch()) * globalBatch();
        return Arrays.copyOfRange(keptOrder, (int) from, (int) Math.min(numPacks, from + globalBatch()));
    }

    /**
     * Packs of each microbatch of the rank that has most, which is rank 0: so many passes every rank takes part in.
     *
     * @param numPacks of the global batch
     */
    public int[] passes(int numPacks) {
        int size = batch.perDeviceTrainBatchSize();
        int[] passes = new int[batch.gradientAccumulationSteps()];
        for (int m = 0; m < passes.length; m++) {
            passes[m] = Math.min(size, Math.max(0, numPacks - m * worldSize * size));
        }
        return passes;
    }

    /**
     * One rank's part of a step.
     *
     * @param step 0-based
     * @param rank 0-based
     * @return always {@code gradientAccumulationSteps} microbatches of pack numbers, the last ones maybe short or empty
     */
    public List<int[]> microbatches(int step, int rank) {
        int[] global = globalBatch(step);
        int size = batch.perDeviceTrainBatchSize();
        List<int[]> microbatches = new ArrayList<>();
        for (int m = 0; m < batch.gradientAccumulationSteps(); m++) {
            int from = Math.min(global.length, (m * worldSize + rank) * size);
            microbatches.add(Arrays.copyOfRange(global, from, Math.min(global.length, from + size)));
        }
        return microbatches;
    }
}
