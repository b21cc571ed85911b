/**
 * ZeRO: a model's weights, gradients and optimizer state, spread over the ranks of the shard axis.
 *
 * <p>What enters: a model's parameters by part, and its announcements of which part it is about to use. What leaves: weights
 * that are whole when the model reads them, gradients that are summed over all data ranks, and, from these, new weights.
 * Nothing here knows an architecture.
 */
package dev.packtrain.training.shard;
