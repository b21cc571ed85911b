/**
 * Causal attention inside documents, as plain forward and backward calls.
 *
 * <p>What enters: queries, keys, values and document bounds. What leaves: outputs, and gradients. Nothing here is recorded
 * by autograd.
 *
 * <p>Shape letters: T tokens, H query heads, G key/value heads (G divides H), D head width, N tokens of one document.
 */
package dev.packtrain.training.attention;
