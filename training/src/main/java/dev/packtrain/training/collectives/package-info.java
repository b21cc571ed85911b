/**
 * Sums and copies over the ranks.
 *
 * <p>What enters: tensors on every rank. What leaves: the sums and copies, or a
 * {@link dev.packtrain.training.collectives.PeerLostException} within the deadline. The result is the same bits on every
 * rank, and on every rerun with the same number of ranks.
 */
package dev.packtrain.training.collectives;
