/**
 * Folders that a run can continue from, and the claim on the folder that holds them.
 *
 * <p>What enters: a writer of model files, optimizer state and a {@link dev.packtrain.training.checkpoint.TrainerState}.
 * What leaves: {@code checkpoint-<step>/}, complete or not there at all, with the size and SHA-256 of every file in
 * {@code checkpoint.json}.
 */
package dev.packtrain.training.checkpoint;
