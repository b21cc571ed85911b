package dev.packtrain.training.engine;

import dev.packtrain.training.device.Kept;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What changes the output of half a block, summed over the ranks, before it is added to the residual stream; nothing in most
 * models. Keeps the output as it was.
 */
final class BranchCut implements AutoCloseable {
    private final Optional<Segment> adapter;
    private final Kept kept = new Kept();
    private Tensor inputTE;

    BranchCut(Optional<Segment> adapter) {
        this.adapter = adapter;
    }

    boolean isThere() {
        return adapter.isPresent();
    }

    /** A new tensor, or {@code branchTE} itself. */
    Tensor forward(Tensor branchTE) {
        if (adapter.isEmpty()) {
            return branchTE;
        }
        inputTE = kept.keep(branchTE);
        return adapter.get().apply(branchTE)[0];
    }

    /** Gradient of what {@link #forward} was given. */
    Tensor backward(Tensor gradTE) {
        return adapter.isEmpty() ? gradTE : adapter.get().backward(inputTE, gradTE);
    }

    Kept kept() {
        return kept;
    }

    @Override
    public void close() {
        kept.close();
    }
}
