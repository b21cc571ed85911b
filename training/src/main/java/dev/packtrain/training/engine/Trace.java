package dev.packtrain.training.engine;

import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.fused.NormScale;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A forward pass through the blocks, waiting for its backward pass. It keeps, for every block, the residual stream twice,
 * queries and keys after their rotation, values, attention's output, gate and up; what lies between is made again. Closing
 * it frees what is still kept.
 */
public final class Trace implements AutoCloseable {
    private final Cuts cuts;
    private final NormCut last;
    private final PartGuard guard;
    private final Deque<BlockTrace> blocks = new ArrayDeque<>();
    private Tensor hidden;

    Trace(Cuts cuts, NormScale last, PartGuard guard) {
        this.cuts = cuts;
        this.guard = guard;
        this.last = new NormCut(cuts.ops(), last);
    }

    private record BlockTrace(AttentionHalf attention, PackAttention kernel, FeedForwardHalf feedForward) {
        void close() {
            attention.close();
            feedForward.close();
        }
    }

    /** Runs one more block; the branch of the result belongs to the current scope. */
    Residual extend(DecoderBlock block, PackAttention kernel, Residual in) {
        BlockTrace trace = new BlockTrace(new AttentionHalf(block, cuts), kernel, new FeedForwardHalf(block, cuts));
        blocks.push(trace);
        int part = blocks.size();
        guard.beforeForward(part);
        Residual out = trace.feedForward().forward(trace.attention().forward(in, kernel::forward));
        guard.afterForward(part);
        return out;
    }

    /** Begins the part behind the blocks, which ends in {@link #backward}. */
    void finish(Residual in) {
        guard.beforeBackward(blocks.size() + 1);
        hidden = cuts.whole(last.forward(in));
    }

    /** The normed residual stream after the last block, {@code [T, E]}, in the scope in which the forward pass ran. */
    public Tensor hidden() {
        return hidden;
    }

    /**
     * Runs everything backward, last block first, and frees each half of a block as soon as it is done.
     *
     * @param gradTE gradient of {@link #hidden()}, or this rank's part of it, to be added up; may be overwritten
     * @return gradient of the embedded tokens, {@code [T, E]}
     */
    public Tensor backward(Tensor gradTE) {
        Tensor gradRows = cuts.sum(gradTE);
        Tensor grad = torch.zeros_like(gradRows);
        last.backward(gradRows, grad);
        last.close();
        guard.afterBackward(blocks.size() + 1);
        while (!blocks.isEmpty()) {
            int part = blocks.size();
            BlockTrace block = blocks.pop();
            guard.beforeBackward(part);
            try {
                block.feedForward().backward(grad);
                block.attention().backward(block.kernel(), grad);
            } finally {
                block.close();
            }
            guard.afterBackward(part);
        }
        return cuts.whole(grad);
    }

    @Override
    public void close() {
        while (!blocks.isEmpty()) {
            blocks.pop().close();
        }
        last.close();
    }
}
