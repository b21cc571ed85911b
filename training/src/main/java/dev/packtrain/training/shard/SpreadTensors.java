package dev.packtrain.training.shard;

/**
 * Frozen tensors of a part that ZeRO spreads: no gradient, no state.
 *
 * @param layout where they lie
 * @param weights what the model computes with
 */
record SpreadTensors(FlatLayout layout, PartWeights weights) {}
