/**
 * The engine of explicit cuts: a decoder block is a few recorded segments, and what is special happens between them.
 *
 * <p>What enters: blocks (recorded segments), an attention kernel, a sum over tensor-parallel ranks. What leaves: hidden
 * states, and gradients segment by segment in reverse. Inside a segment libtorch's autograd records ordinary ops; between
 * segments nothing is recorded. Shapes and parameter names are the model's.
 *
 * <p>Shape letters: T tokens, E hidden width, H query heads, G key/value heads, D head width.
 */
package dev.packtrain.training.engine;
