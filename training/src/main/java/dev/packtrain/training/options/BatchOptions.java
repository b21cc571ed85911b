package dev.packtrain.training.options;

/**
 * Which packs make a step. A global batch is {@code perDeviceTrainBatchSize × gradientAccumulationSteps × worldSize}
 * packs.
 *
 * @param perDeviceTrainBatchSize packs in one microbatch of one rank
 * @param gradientAccumulationSteps microbatches of a rank in one step
 * @param maxSteps steps in all; −1 leaves it to {@code numTrainEpochs}
 * @param numTrainEpochs passes over the data, if {@code maxSteps} is −1
 * @param seed of the pack order and of the initial weights
 */
public record BatchOptions(
        int perDeviceTrainBatchSize, int gradientAccumulationSteps, int maxSteps, double numTrainEpochs, long seed) {}
