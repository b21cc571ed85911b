package dev.packtrain.training.model;

import dev.packtrain.training.fused.NormScale;

/**
 * {@code w · x / √(mean(x²) + eps)} over the last dim (Zhang and Sennrich 2019, arXiv 1910.07467).
 *
 * @param weight {@code [E]}
 * @param eps added to the mean square
 */
public record RmsNorm(Parameter weight, double eps) {
    /** What the engine computes with. */
    NormScale scale() {
        return new NormScale(weight.tensor(), eps);
    }
}
