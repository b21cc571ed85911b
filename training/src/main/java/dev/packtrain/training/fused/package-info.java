/**
 * The row-wise operations of a transformer block with explicit gradients: RMSNorm with the residual addition, rotary
 * positions, SwiGLU.
 *
 * <p>What enters: activations, weights, tables of angles. What leaves: activations and gradients, many of them in place.
 * Two implementations: this project's kernels for fp32 and bf16, on the CPU or a GPU, which pass once over memory, and plain
 * libtorch operations for any device and dtype, which are the reference too. Called with recording off.
 *
 * <p>Shape letters: T tokens, H heads, D head width, E width of what is normed, I width of the feed-forward layer.
 */
package dev.packtrain.training.fused;
