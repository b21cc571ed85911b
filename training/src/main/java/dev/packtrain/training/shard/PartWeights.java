package dev.packtrain.training.shard;

import dev.packtrain.training.collectives.Pending;
import dev.packtrain.training.shard.FlatLayout.Bucket;

/** The weights of some tensors of a part, as one flat buffer. */
interface PartWeights extends AutoCloseable {
    /** Begins to make them whole, if they are not; comes before {@link #use}, which does it otherwise. */
    void prefetch();

    /** Makes them whole: from here on the model may compute with them. */
    void use();

    /** The model is done with them for now. */
    void release();

    /** A pass failed: lets go of them without waiting for anyone. */
    void abandon();

    /** This rank's share of every bucket: what the optimizer changes. */
    Partition own();

    /** Its share of a bucket has changed: starts to send it to the ranks that keep the weights whole. */
    Pending startSharing(Bucket bucket);

    /** Memory of weights that are always there. */
    long nbytes();

    @Override
    void close();
}
