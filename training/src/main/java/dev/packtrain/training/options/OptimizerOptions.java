package dev.packtrain.training.options;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) and clipping.
 *
 * @param learningRate peak learning rate
 * @param weightDecay decoupled decay; none on norms and biases
 * @param adamBeta1 decay of the first moment
 * @param adamBeta2 decay of the second moment
 * @param adamEpsilon added to the root of the second moment
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
        boolean lowPrecisionMoments) {}
