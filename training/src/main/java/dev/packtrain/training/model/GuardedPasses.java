package dev.packtrain.training.model;

import dev.packtrain.training.engine.CutEngine;
import dev.packtrain.training.engine.PartGuard;
import java.util.function.Supplier;

/**
 * The calls of {@link PartGuard} around what a decoder does outside its blocks: embedding, and head with loss. A tied head
 * is the embedding's weight, so part 0 is announced around it too.
 */
final class GuardedPasses {
    private final CutEngine engine;
    private final int lastPart;
    private final boolean tied;
    private final int lowestPart;

    /**
     * For a decoder.
     *
     * @param engine announces the blocks
     * @param tied whether the head is the embedding
     * @param lowestPart in which something is trained
     */
    GuardedPasses(CutEngine engine, int numBlocks, boolean tied, int lowestPart) {
        this.engine = engine;
        this.lowestPart = lowestPart;
        this.lastPart = numBlocks + 1;
        this.tied = tied;
    }

    /** A pass; if it fails, the guard lets go of what it holds. */
    <T> T pass(Supplier<T> body) {
        try {
            return body.get();
        } catch (RuntimeException | Error e) {
            engine.guard().abandoned();
            throw e;
        }
    }

    /** Looks tokens up. */
    <T> T embed(Supplier<T> body) {
        guard().beforeForward(0);
        T result = body.get();
        guard().afterForward(0);
        return result;
    }

    /** Adds to the gradients of what is at the embedding, if anything there is trained. */
    void embedBackward(Runnable body) {
        if (lowestPart > 0) {
            guard().skippedBackward(0);
            return;
        }
        guard().beforeBackward(0);
        body.run();
        guard().afterBackward(0);
    }

    /** Last norm and head, without gradients. */
    <T> T head(Supplier<T> body) {
        guard().beforeForward(lastPart);
        if (tied) {
            guard().beforeForward(0);
        }
        T result = body.get();
        if (tied) {
            guard().afterForward(0);
        }
        guard().afterForward(lastPart);
        return result;
    }

    /** Head with gradients, inside the last part, which the trace announces. */
    <T> T loss(Supplier<T> body) {
        if (tied) {
            guard().beforeBackward(0);
        }
        T result = body.get();
        if (tied) {
            guard().afterBackward(0);
        }
        return result;
    }

    /** The calls of a forward and backward pass, without one. */
    void skip() {
        forwardBelowHead();
        guard().beforeBackward(lastPart);
        loss(() -> null);
        guard().afterBackward(lastPart);
        for (int part = lastPart - 1; part >= 0; part--) {
            if (part < lowestPart) {
                guard().skippedBackward(part);
            } else {
                guard().beforeBackward(part);
                guard().afterBackward(part);
            }
        }
    }

    /** The calls of a pass without gradients, without one. */
    void skipForward() {
        forwardBelowHead();
        head(() -> null);
    }

    private void forwardBelowHead() {
        for (int part = 0; part < lastPart; part++) {
            guard().beforeForward(part);
            guard().afterForward(part);
        }
    }

    private PartGuard guard() {
        return engine.guard();
    }
}
