package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;

/** The two passes over the flat fp32 buffers that a step needs. */
interface FlatMath extends AutoCloseable {
    /** Global L2 norm of the main gradients: NaN or infinite if one of them is. */
    double gradNorm();

    /**
     * AdamW on a range of the master weights, and the rounded result into the model's weights where they are bf16.
     *
     * @param from first element
     * @param to behind the last element
     * @param step the numbers of the formula
     * @param moments both moments
     */
    void update(long from, long to, AdamWStep step, Moments moments);

    @Override
    void close();
}
