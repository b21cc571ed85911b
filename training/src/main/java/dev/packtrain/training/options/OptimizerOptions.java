package dev.packtrain.training.options;

import dev.packtrain.packing.BadInputException;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) and clipping.
 *
 * @param learningRate peak learning rate
 * @param weightDecay decoupled decay; none on norms and biases
 * @param adamBeta1 decay of the first moment: at least 0, below 1
 * @param adamBeta2 decay of the second moment: at least 0, below 1
 * @param adamEpsilon added to the root of the second moment: above 0, also in fp32
 * @param maxGradNorm global gradient norm is clipped to this; 0 or less: no clipping
 * @param lowPrecisionMoments whether both moments are bf16, rounded at random, instead of fp32
 */
public record OptimizerOptions(
        double learningRate,
        double weightDecay,
        double adamBeta1,
        double adamBeta2,
        double adamEpsilon,
        double maxGradNorm,
        boolean lowPrecisionMoments) {
    /**
     * Checks the numbers that AdamW divides by.
     *
     * @throws BadInputException if one of them would make weights NaN
     */
    public OptimizerOptions {
        requireDecay("adam_beta1", adamBeta1);
        requireDecay("adam_beta2", adamBeta2);
        if (!((float) adamEpsilon > 0)) {
            throw new BadInputException(
                    "adam_epsilon is %s, wanted a number above 0: a weight that no gradient has reached is divided by it; leave it out for 1e-8."
                            .formatted(adamEpsilon));
        }
    }

    private static void requireDecay(String key, double beta) {
        if (!(beta >= 0 && (float) beta < 1)) {
            throw new BadInputException(
                    "%s is %s, wanted a number from 0 to below 1: a mean of the gradients that keeps all of itself never learns of one."
                            .formatted(key, beta));
        }
    }
}
