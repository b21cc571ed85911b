package dev.packtrain.training.collectives;

/**
 * A collective that was started. Its tensors belong to the group until {@link #await} returns: nobody else may write
 * them, nor read what it writes. The group holds them meanwhile, so the caller's scope may end earlier.
 */
@FunctionalInterface
public interface Pending {
    /** Nothing to wait for. */
    Pending DONE = () -> {};

    /**
     * Returns when this rank's result is there. Calling again returns at once.
     *
     * @throws PeerLostException if a rank is gone, called something else, or the deadline has passed
     */
    void await();
}
