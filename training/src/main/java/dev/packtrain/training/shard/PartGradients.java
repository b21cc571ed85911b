package dev.packtrain.training.shard;

/** The gradients of a part's trained tensors over one step. */
interface PartGradients extends AutoCloseable {
    /** A backward pass is about to add to the tensors' {@code .grad}; calling again before {@link #end} does nothing. */
    void begin();

    /** The pass has added all it will: starts what is to be done with it. */
    void end(Pass pass);

    /** The pass failed: what it added is dropped. */
    void abandon();

    /** The step's gradients, summed over all data ranks, of what this rank owns; once everything started is through. */
    Partition sums();

    /** The step is over. */
    void clear();

    /** Memory of gradients that are always there. */
    long nbytes();

    @Override
    void close();

    /**
     * A pass of a step.
     *
     * @param first whether it is the step's first
     * @param last whether it is the step's last
     */
    record Pass(boolean first, boolean last) {}
}
