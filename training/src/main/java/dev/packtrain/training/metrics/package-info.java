/**
 * What a run says of itself: {@code metrics.jsonl} and TensorBoard event files.
 *
 * <p>What enters: the figures of every step. What leaves: one record every {@code logging_steps} steps, in both files.
 * Only rank 0 writes.
 */
package dev.packtrain.training.metrics;
