package dev.packtrain.training.shard;

import dev.packtrain.training.device.ClearedTensor;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import org.bytedeco.pytorch.Tensor;

/**
 * A partition in memory.
 *
 * @param flat its shares side by side; closed with this
 */
record PartitionMemory(ClearedTensor flat) implements Partition {
    @Override
    public Tensor of(Bucket bucket) {
        return flat.tensor().narrow(0, bucket.inPartition(), bucket.share());
    }

    @Override
    public long nbytes() {
        return flat.tensor().nbytes();
    }

    @Override
    public void trim() {
        flat.trim();
    }

    @Override
    public void close() {
        flat.close();
    }
}
