package dev.packtrain.training.shard;

import dev.packtrain.training.shard.FlatLayout.Bucket;
import org.bytedeco.pytorch.Tensor;

/** What this rank owns of one flat buffer: its share of every bucket. */
interface Partition extends AutoCloseable {
    /** Its share of a bucket, {@code [bucket.share()]}, live; owned by the current scope. */
    Tensor of(Bucket bucket);

    /** Memory that it takes of its own: 0 for a view, and for files. */
    long nbytes();

    /** Gives memory back that holds zeros, where it can; changes no value. */
    void trim();

    @Override
    void close();
}
