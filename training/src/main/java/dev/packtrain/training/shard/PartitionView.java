package dev.packtrain.training.shard;

import dev.packtrain.training.shard.FlatLayout.Bucket;
import org.bytedeco.pytorch.Tensor;

/**
 * This rank's partition of a buffer that it has whole.
 *
 * @param flat the buffer, somebody else's
 * @param shard this rank along the shard axis
 */
record PartitionView(Tensor flat, int shard) implements Partition {
    @Override
    public Tensor of(Bucket bucket) {
        return flat.narrow(0, bucket.fromOf(shard), bucket.share());
    }

    @Override
    public long nbytes() {
        return 0;
    }

    @Override
    public void trim() {}

    @Override
    public void close() {}
}
