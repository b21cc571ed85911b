package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.Precision;

/**
 * What must stay the same for a run to continue as if it had never stopped.
 *
 * @param datasetSha256 of the data set's content, see {@link dev.packtrain.packing.Manifest#contentSha256()}
 * @param seed of the pack order
 * @param globalBatch packs in a step, over all ranks: another number of ranks is fine if this stays
 * @param precision of the weights
 */
public record RunIdentity(String datasetSha256, long seed, int globalBatch, Precision precision) {
    /**
     * Checks that a checkpoint belongs to this run.
     *
     * @param saved the checkpoint's identity
     * @param where the checkpoint, for the message
     */
    public void requireSameAs(RunIdentity saved, Object where) {
        if (!datasetSha256.equals(saved.datasetSha256)) {
            throw new BadInputException(
                    "%s was trained on another data set (content SHA-256 %s, this one has %s); resume with the data set and dataset_version it was started with, or set overwrite_output_dir to start anew."
                            .formatted(where, saved.datasetSha256, datasetSha256));
        }
        require("seed", seed, saved.seed, where);
        require("bf16", precision == Precision.BF16, saved.precision == Precision.BF16, where);
        if (globalBatch != saved.globalBatch) {
            throw new BadInputException(
                    "%s was made with %d packs a step, this run has %d; choose per_device_train_batch_size and gradient_accumulation_steps so that their product with the number of processes is %d again."
                            .formatted(where, saved.globalBatch, globalBatch, saved.globalBatch));
        }
    }

    private static void require(String key, Object got, Object saved, Object where) {
        if (!got.equals(saved)) {
            throw new BadInputException(
                    "%s was made with %s %s, this run has %s; resume with %s %s, or set overwrite_output_dir to start anew."
                            .formatted(where, key, saved, got, key, saved));
        }
    }
}
