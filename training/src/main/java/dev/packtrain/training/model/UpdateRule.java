package dev.packtrain.training.model;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a method of fine-tuning does to the trained numbers around every update of the optimizer. Called on every rank at
 * the same steps, since what it asks of {@link TrainedElements} may be collectives.
 */
public interface UpdateRule {
    /** Nothing. */
    UpdateRule NONE = new UpdateRule() {};

    /** A number kept beside every trained element: fp32, zero at first, part of checkpoints. */
    enum Statistic {
        /** Running mean of how much an element matters to the loss. */
        SENSITIVITY,
        /** Running mean of how far single steps are from that. */
        UNCERTAINTY
    }

    /** What it needs kept. */
    default Set<Statistic> statistics() {
        return Set.of();
    }

    /** What is to be told of it when the run has ended, for {@code train_results.json}. */
    default Map<String, Double> figures() {
        return Map.of();
    }

    /** Frozen tensors of its own, of which checkpoints hold the whole; every rank of the shard axis has the same. */
    default List<Parameter> tensors() {
        return List.of();
    }

    /**
     * Training begins, or goes on.
     *
     * @param totalSteps of the whole run
     */
    default void begins(int totalSteps) {}

    /**
     * The passes from here on belong to a step; of a run that is resumed, the first step may be any.
     *
     * @param step 0-based, counted over the whole run
     */
    default void beginStep(int step) {}

    /**
     * What the schedule's learning rate is multiplied by.
     *
     * @param step 0-based, counted over the whole run
     */
    default double learningRateScale(int step) {
        return 1;
    }

    /**
     * The gradients of a step are complete; the weights are those that they were computed with.
     *
     * @param step 0-based, counted over the whole run
     */
    default void beforeUpdate(int step, TrainedElements elements) {}

    /**
     * The weights are new. What this changes of them is what every rank computes with from here on.
     *
     * @param step as above
     */
    default void afterUpdate(int step, TrainedElements elements) {}
}
