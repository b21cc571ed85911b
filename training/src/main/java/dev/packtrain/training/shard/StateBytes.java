package dev.packtrain.training.shard;

/**
 * Memory of this rank that grows with the model, in bytes, as the tensors themselves say. What lies in files is not
 * counted.
 *
 * @param weights what the model computes with, where it is always there
 * @param gradients sums of gradients, where they are always there
 * @param states moments and remainders of master weights
 * @param buffers what parts of the model take in turns, so far: gathered weights, gradients of one pass, temporary sums
 */
public record StateBytes(long weights, long gradients, long states, long buffers) {
    /** All of it. */
    public long total() {
        return weights + gradients + states + buffers;
    }
}
