package dev.packtrain.training.metrics;

import java.util.Map;

/**
 * What one step was, over all ranks.
 *
 * @param lossSum cross-entropy in nats, summed over label tokens
 * @param labelTokens predictions scored
 * @param tokens tokens without padding
 * @param slots tokens with padding
 * @param gradNorm global norm before clipping
 * @param learningRate that the update used
 * @param seconds wall clock of rank 0, without waiting for the packs
 * @param parts seconds of rank 0 by part, with waiting for the packs
 */
public record StepFigures(
        double lossSum,
        long labelTokens,
        long tokens,
        long slots,
        double gradNorm,
        double learningRate,
        double seconds,
        Map<StepPart, Double> parts) {
    /** Mean cross-entropy in nats a label token. */
    public double loss() {
        return lossSum / labelTokens;
    }
}
