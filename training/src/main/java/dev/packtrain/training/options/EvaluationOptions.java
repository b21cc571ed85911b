package dev.packtrain.training.options;

/**
 * Evaluation while training: when, and on how much of the held-out data.
 *
 * @param strategy {@code eval_strategy}: when; with any but {@link Strategy#NO} also after the last step
 * @param evalSteps {@code eval_steps}: with {@link Strategy#STEPS} every so many steps, at least 1
 * @param maxEvalSamples {@code max_eval_samples}: the first examples only, in the order of the packs; 0: all
 */
public record EvaluationOptions(Strategy strategy, int evalSteps, int maxEvalSamples) {
    /** No evaluation. */
    public static final EvaluationOptions NONE = new EvaluationOptions(Strategy.NO, 1, 0);

    public EvaluationOptions {
        if (evalSteps < 1 || maxEvalSamples < 0) {
            throw new IllegalArgumentException(
                    "wanted eval_steps of at least 1 and max_eval_samples of at least 0, got %d and %d"
                            .formatted(evalSteps, maxEvalSamples));
        }
    }

    /** When a run evaluates. */
    public enum Strategy {
        /** Never. */
        NO,
        /** Every {@code eval_steps} steps. */
        STEPS,
        /** After every pass over the training data. */
        EPOCH
    }

    /** Whether a run evaluates at all. */
    public boolean present() {
        return strategy != Strategy.NO;
    }
}
