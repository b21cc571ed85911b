package dev.packtrain.training.collectives;

import org.bytedeco.pytorch.Tensor;

/**
 * Collectives over a fixed set of ranks. Every rank calls the same ones in the same order; each call returns when this
 * rank's result is there. Used by one thread.
 *
 * <p>Every call takes a short name of what is exchanged, for error messages only, and throws
 * {@link PeerLostException} when a rank is gone or the deadline has passed; the group is of no use after that.
 */
public interface ProcessGroup extends AutoCloseable {
    /** This process, 0-based. */
    int rank();

    /** Number of ranks. */
    int size();

    /**
     * Replaces a tensor by its sum over the ranks, added in the same order every time.
     *
     * @param tensor contiguous, the same shape and dtype on every rank
     * @param what such as {@code "gradients"}
     */
    void allReduceSum(Tensor tensor, String what);

    /**
     * Replaces a tensor by rank {@code root}'s.
     *
     * @param tensor contiguous, the same shape and dtype on every rank
     * @param root 0-based
     * @param what such as {@code "weights"}
     */
    void broadcast(Tensor tensor, int root, String what);

    /**
     * Returns when every rank has called it.
     *
     * @param what such as {@code "checkpoint written"}
     */
    void barrier(String what);

    /** Leaves the group. */
    @Override
    void close();
}
