/**
 * Attention under a mask, as plain forward and backward calls.
 *
 * <p>What enters: the mask of a pack, from which a kernel gets ready once for all layers; then queries, keys and values of
 * each layer. What leaves: outputs, and gradients. Nothing here is recorded by autograd.
 *
 * <p>Shape letters: T tokens, H query heads, G key/value heads (G divides H), D head width, N tokens of one document.
 */
package dev.packtrain.training.attention;
