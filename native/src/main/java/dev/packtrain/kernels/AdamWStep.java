package dev.packtrain.kernels;

/**
 * The numbers of one AdamW step (Loshchilov and Hutter 2019, arXiv 1711.05101).
 *
 * @param step number of this step, from 1: the bias corrections depend on it
 * @param learningRate learning rate of this step, 0 or more
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the second moment, more than 0
 * @param weightDecay decoupled decay, 0 or more; 0 for norms and biases
 * @param gradScale every gradient is multiplied by it first, finite; 1 for none (clipping gives its factor here)
 */
public record AdamWStep(
        long step,
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double gradScale) {
    /** 2⁶⁴ over the golden ratio: seeds of steps that follow each other differ in many bits. */
    private static final long SEED_FACTOR = 0x9E3779B97F4A7C15L;

    /** Refuses values outside the ranges above, NaN included. */
    public AdamWStep {
        require(step >= 1, "step", step, "at least 1");
        require(learningRate >= 0 && Double.isFinite(learningRate), "learningRate", learningRate, "finite, 0 or more");
        require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "at least 0 and less than 1");
        require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "at least 0 and less than 1");
        require(epsilon > 0 && Double.isFinite(epsilon), "epsilon", epsilon, "finite, more than 0");
        require(weightDecay >= 0 && Double.isFinite(weightDecay), "weightDecay", weightDecay, "finite, 0 or more");
        require(Double.isFinite(gradScale), "gradScale", gradScale, "finite");
    }

    private static void require(boolean holds, String name, Number got, String wanted) {
        if (!holds) {
            throw new IllegalArgumentException("AdamW's " + name + " is " + got + " and must be " + wanted + ".");
        }
    }

    /** The same step without decay. */
    public AdamWStep withoutDecay() {
        return new AdamWStep(step, learningRate, beta1, beta2, epsilon, 0, gradScale);
    }

    /** What kernels multiply with: computed in fp64, rounded once to fp32, in the order of AdamWConstants in adamw.h. */
    public float[] toConstants() {
        return new float[] {
            (float) gradScale,
            (float) (1 - learningRate * weightDecay),
            (float) (1 - beta1),
            (float) beta2,
            (float) (1 - beta2),
            (float) Math.sqrt(1 - Math.pow(beta2, (double) step)),
            (float) epsilon,
            (float) (-learningRate / (1 - Math.pow(beta1, (double) step)))
        };
    }

    /** What the random rounding of bf16 moments goes by beside the element's number: another one each step. */
    public int roundingSeed() {
        return Long.hashCode(step * SEED_FACTOR);
    }
}
