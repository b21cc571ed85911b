package dev.packtrain.training.engine;

/**
 * Is told when a part of a model is about to be computed with and when it is done, so that its weights need to be whole in
 * between only, and its gradients can go their way as soon as they are complete.
 *
 * <p>Part 0 is the embedding, parts 1 to L the blocks, part L + 1 the last norm and the head. Calls for one pack:
 *
 * <pre>
 *   beforeForward(0) afterForward(0) … beforeForward(L) afterForward(L)
 *   beforeBackward(L + 1)                                the last norm, the loss with its gradients
 *   afterBackward(L + 1) beforeBackward(L) afterBackward(L) … beforeBackward(0) afterBackward(0)
 * </pre>
 *
 * Below the lowest part that has something to train there is {@code skippedBackward} instead of the last two calls.
 *
 * <p>Without a backward pass, {@code beforeForward(L + 1)} and {@code afterForward(L + 1)} end it. A head tied to the
 * embedding belongs to part 0 and is computed with inside part L + 1: part 0 is then announced around it too, with the same
 * calls, and its gradient is complete only after the last {@code afterBackward(0)}. A failed pass ends with
 * {@link #abandoned}.
 */
public interface PartGuard {
    /** Everything is always whole. */
    PartGuard NONE = new PartGuard() {
        @Override
        public void beforeForward(int part) {}

        @Override
        public void afterForward(int part) {}

        @Override
        public void beforeBackward(int part) {}

        @Override
        public void afterBackward(int part) {}

        @Override
        public void abandoned() {}
    };

    /** The weights of a part are read from here on. */
    void beforeForward(int part);

    /** They are not, until the next call for this part. */
    void afterForward(int part);

    /** The weights of a part are read, and its gradients added to, from here on. */
    void beforeBackward(int part);

    /** The gradients that this pack adds are complete (but see above on tied heads), the weights no longer read. */
    void afterBackward(int part);

    /** The backward pass ends above this part: nothing in it or below it is trained. */
    default void skippedBackward(int part) {}

    /** The pass failed: what it held is let go of. */
    void abandoned();
}
