/**
 * The engine of explicit cuts: a decoder block is a few segments of linear maps, and all else happens between them.
 *
 * <p>What enters: blocks, an attention kernel, row-wise operations, a sum over tensor-parallel ranks. What leaves: hidden
 * states, and gradients half a block at a time in reverse. Nothing is recorded; a linear map may use {@link
 * dev.packtrain.training.engine.Recording} for itself. Shapes and parameter names are the model's.
 *
 * <p>Shape letters: T tokens, E hidden width, H query heads, G key/value heads, D head width.
 */
package dev.packtrain.training.engine;
