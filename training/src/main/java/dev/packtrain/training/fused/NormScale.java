package dev.packtrain.training.fused;

import org.bytedeco.pytorch.Tensor;

/**
 * What an RMSNorm is made of.
 *
 * @param weight {@code [E]}, dtype of what is normed
 * @param eps added to the mean square
 */
public record NormScale(Tensor weight, double eps) {}
