/**
 * Weights of few bits (QLoRA, Dettmers et al. 2023, arXiv 2305.14314): what enters are the rows of a matrix, a few at a
 * time; what leaves is one tensor of bytes for this rank's part of it, and products with that. The numbers behind the bytes
 * do not depend on the part.
 *
 * <p>Shape letters: T tokens, I inputs and O outputs of a linear, B bytes.
 */
package dev.packtrain.training.quantize;
