/**
 * Losses with explicit gradients, computed at a cut.
 *
 * <p>What enters: hidden states, the head's weight, and which rows predict which token. What leaves: a sum in nats, the
 * gradient of the hidden states, and the weight's gradient in its {@code .grad}.
 */
package dev.packtrain.training.loss;
