package dev.packtrain.training.fused;

import org.bytedeco.pytorch.Tensor;

/**
 * Cosines and sines of a pack's tokens, {@code [T, D/2]} each, fp32 (fp64 for fp64 models), scaled as the model wants.
 *
 * @param cos of the angles
 * @param sin of the angles
 */
public record RotaryTables(Tensor cos, Tensor sin) {}
