package dev.packtrain.training.shard;

import dev.packtrain.training.engine.PartGuard;
import dev.packtrain.training.shard.PartGradients.Pass;
import java.util.List;

/**
 * Gets the weights of each part of a model in time for its use, the next part's while this one computes, and sends its
 * gradients on their way as soon as they are complete. At most the gradients of one part are on their way while the next
 * part runs backward, so the memory for them does not grow with the depth.
 */
final class PartPasses implements PartGuard {
    private static final int EMBEDDING = 0;

    private final List<ModelPart> parts;
    private final ReductionQueue queue;
    private Pass pass = new Pass(true, true);
    /** A backward pass is past the last part. */
    private boolean lastPartIsDone;
    /** A forward pass is in the last part. */
    private boolean inHead;
    /** A head tied to the embedding has been seen: the first pass shows it. */
    private boolean tied;

    /** For a model. */
    PartPasses(List<ModelPart> parts, ReductionQueue queue) {
        this.parts = parts;
        this.queue = queue;
    }

    /** The next backward pass is this one of its step. */
    void next(Pass next) {
        pass = next;
    }

    private int lastPart() {
        return parts.size() - 1;
    }

    @Override
    public void beforeForward(int part) {
        use(part);
        inHead |= part == lastPart();
        if (!inHead) {
            prefetch(part + 1);
        }
    }

    @Override
    public void afterForward(int part) {
        inHead &= part != lastPart();
        parts.get(part).weights().forEach(PartWeights::release);
    }

    @Override
    public void beforeBackward(int part) {
        use(part);
        boolean head = part == EMBEDDING && !lastPartIsDone;
        tied |= head;
        if (head) {
            prefetch(lastPart() - 1);
        } else if (part == lastPart() && tied) {
            prefetch(EMBEDDING);
        } else if (part > EMBEDDING) {
            prefetch(part - 1);
        }
        parts.get(part).trained().ifPresent(trained -> trained.gradients().begin());
    }

    @Override
    public void afterBackward(int part) {
        parts.get(part).weights().forEach(PartWeights::release);
        if (part == EMBEDDING && !lastPartIsDone) {
            return; // a tied head's gradients: those of the embedding are still to come
        }
        lastPartIsDone = part != EMBEDDING;
        queue.drainOlder();
        parts.get(part).trained().ifPresent(trained -> trained.gradients().end(pass));
    }

    @Override
    public void skippedBackward(int part) {
        lastPartIsDone = part != EMBEDDING;
        // The part above may have asked for it.
        parts.get(part).weights().forEach(PartWeights::release);
    }

    private void use(int part) {
        parts.get(part).weights().forEach(PartWeights::use);
    }

    private void prefetch(int part) {
        parts.get(part).weights().forEach(PartWeights::prefetch);
    }

    @Override
    public void abandoned() {
        lastPartIsDone = false;
        inHead = false;
        queue.abandon();
        for (ModelPart part : parts) {
            part.weights().forEach(PartWeights::abandon);
            part.trained().ifPresent(trained -> trained.gradients().abandon());
        }
    }
}
