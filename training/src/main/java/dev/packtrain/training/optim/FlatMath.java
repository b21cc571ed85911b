package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;

/** The two passes over the flat buffers that a step needs. */
interface FlatMath {
    /** Global L2 norm of the main gradients: NaN or infinite if one of them is. */
    double gradNorm();

    /**
     * AdamW on a range of the master weights, and so of the model's weights.
     *
     * @param from first element
     * @param to behind the last element
     * @param step the numbers of the formula
     * @param moments both moments
     */
    void update(long from, long to, AdamWStep step, Moments moments);
}
