package dev.packtrain.training.model;

/**
 * Cross-entropy summed over label tokens, so that sums of packs, microbatches and ranks can be added before dividing.
 *
 * @param sum in nats
 * @param numLabelTokens predictions that were scored; 0 gives {@code sum} 0
 */
public record LossSum(double sum, long numLabelTokens) {
    /** Nothing scored. */
    public static final LossSum ZERO = new LossSum(0, 0);

    /** Both together. */
    public LossSum plus(LossSum other) {
        return new LossSum(sum + other.sum, numLabelTokens + other.numLabelTokens);
    }

    /** Mean loss in nats a label token; NaN if there is none. */
    public double mean() {
        return sum / numLabelTokens;
    }
}
