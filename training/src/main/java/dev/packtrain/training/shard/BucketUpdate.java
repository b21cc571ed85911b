package dev.packtrain.training.shard;

import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.optim.AdamWSlice;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import org.bytedeco.pytorch.Tensor;

/**
 * The optimizer's step on what a rank owns of a bucket.
 *
 * @param optimizer of the run
 * @param shard this rank along the shard axis
 */
record BucketUpdate(AdamW optimizer, int shard) {
    /** Updates weights, remainders and moments; everything mapped or copied belongs to the current scope. */
    void run(TrainedTensors tensors, Bucket bucket, int step, double learningRate, double gradScale) {
        Tensor first = tensors.first().of(bucket);
        Tensor weights = tensors.weights().own().of(bucket);
        // Where the state is offloaded to the host, the update is made there (ZeRO-Offload, arXiv 2101.06840).
        Tensor there = beside(first, weights);
        AdamWSlice slice = new AdamWSlice(
                there,
                tensors.remainders().map(partition -> partition.of(bucket)),
                beside(first, tensors.gradients().sums().of(bucket)),
                first,
                tensors.second().of(bucket),
                tensors.number() + bucket.fromOf(shard));
        optimizer.update(slice, tensors.layout().updates(bucket, shard), step, learningRate, gradScale);
        if (there.is_cpu() != weights.is_cpu()) {
            weights.copy_(there);
        }
    }

    private static Tensor beside(Tensor state, Tensor tensor) {
        return state.is_cpu() == tensor.is_cpu()
                ? tensor
                : tensor.to(state.device(), tensor.scalar_type().intern());
    }
}
