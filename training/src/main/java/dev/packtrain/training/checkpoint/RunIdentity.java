package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.Precision;

/**
 * What must stay the same for a run to continue as if it had never stopped.
 *
 * @param datasetSha256 of the data set's content, see {@link dev.packtrain.packing.Manifest#contentSha256()}
 * @param seed of the pack order
 * @param globalBatch packs in a step, over all ranks: another mesh is fine if this stays
 * @param precision of the weights
 */
public record RunIdentity(String datasetSha256, long seed, int globalBatch, Precision precision) {
    /**
     * Checks that a checkpoint belongs to this run.
     *
     * @param saved the checkpoint's identity
     * @param batch of this run
     * @param numDataRanks ranks of this run that read different packs
     * @param where the checkpoint, for the message
     */
    public void requireSameAs(RunIdentity saved, BatchOptions batch, int numDataRanks, Object where) {
        if (!datasetSha256.equals(saved.datasetSha256)) {
            throw new BadInputException(
                    "%s was trained on another data set (content SHA-256 %s, this one has %s); resume with the data set and dataset_version it was started with, or set overwrite_output_dir to start anew."
                            .formatted(where, saved.datasetSha256, datasetSha256));
        }
        require("seed", seed, saved.seed, where);
        require("bf16", precision == Precision.BF16, saved.precision == Precision.BF16, where);
        if (globalBatch != saved.globalBatch) {
            throw new BadInputException(
                    "%s was made with %d packs a step, this run has %d (per_device_train_batch_size %d × gradient_accumulation_steps %d × %d data rank%s); %s, or set overwrite_output_dir to start anew."
                            .formatted(
                                    where,
                                    saved.globalBatch,
                                    globalBatch,
                                    batch.perDeviceTrainBatchSize(),
                                    batch.gradientAccumulationSteps(),
                                    numDataRanks,
                                    numDataRanks == 1 ? "" : "s",
                                    remedy(saved.globalBatch, batch.perDeviceTrainBatchSize(), numDataRanks)));
        }
    }

    /** Numbers that make the same global batch. */
    private static String remedy(int wanted, int perDevice, int numDataRanks) {
        if (wanted % numDataRanks != 0) {
            return "%d packs cannot be divided over %d data ranks, so resume with a number of them that divides %d"
                    .formatted(wanted, numDataRanks, wanted);
        }
        int perRank = wanted / numDataRanks;
        return perRank % perDevice == 0
                ? "resume with gradient_accumulation_steps " + perRank / perDevice
                : "resume with per_device_train_batch_size 1 and gradient_accumulation_steps " + perRank;
    }

    private static void require(String key, Object got, Object saved, Object where) {
        if (!got.equals(saved)) {
            throw new BadInputException(
                    "%s was made with %s %s, this run has %s; resume with %s %s, or set overwrite_output_dir to start anew."
                            .formatted(where, key, saved, got, key, saved));
        }
    }
}
