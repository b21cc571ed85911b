/**
 * Which packs a step trains on, and getting them into memory in time.
 *
 * <p>What enters: the number of packs, a seed, the batch options, and an opened data set. What leaves: for every step the
 * pack numbers of the global batch, and this rank's microbatches.
 */
package dev.packtrain.training.data;
