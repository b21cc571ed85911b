package dev.packtrain.training.shard;

import dev.packtrain.training.shard.FlatLayout.Bucket;
import org.bytedeco.pytorch.Tensor;

/**
 * A partition in memory.
 *
 * @param flat its shares side by side; closed with this
 */
record PartitionMemory(Tensor flat) implements Partition {
    @Override
    public Tensor of(Bucket bucket) {
        return flat.narrow(0, bucket.inPartition(), bucket.share());
    }

    @Override
    public long nbytes() {
        return flat.nbytes();
    }

    @Override
    public void close() {
        flat.close();
    }
}
