/**
 * Folders that a run can continue from on any mesh, the model at its end, and the claim on the folder that holds them.
 *
 * <p>What enters: the {@link dev.packtrain.training.checkpoint.StatePiece pieces} of a rank and a
 * {@link dev.packtrain.training.checkpoint.TrainerState}. What leaves: {@code checkpoint-<step>/}, complete or not there at
 * all, with the size and SHA-256 of every file in {@code checkpoint.json}; pieces filled from one; files of a Hugging Face
 * model. The ranks meet in the file system: nothing here uses a collective.
 */
package dev.packtrain.training.checkpoint;
