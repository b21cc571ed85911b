package dev.packtrain.training.optim;

import org.bytedeco.pytorch.Tensor;

/**
 * State of AdamW.
 *
 * @param first running mean of the gradients, flat, fp32 or bf16
 * @param second running mean of their squares, flat, fp32 or bf16
 */
record Moments(Tensor first, Tensor second) {}
