package dev.packtrain.training.engine;

import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.fused.NormScale;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A forward pass through the blocks, waiting for its backward pass. It keeps, for every block, the residual stream twice,
 * queries and keys after their rotation, values, attention's output, gate and up; what lies between is made again. With
 * {@link Recompute} it keeps less, and makes more again, one block at a time, inside the block's part for the guard: the
 * same kernels on the same bits, and the same sums over ranks. Closing it frees what is still kept.
 *
 * <table>
 *   <caption>kept of a block, beside one number a token and norm</caption>
 *   <tr><td>{@code NONE}</td><td>all of it</td></tr>
 *   <tr><td>{@code CORE_ATTN}</td><td>not what the attention kernel gives</td></tr>
 *   <tr><td>{@code FULL_ATTN}</td><td>the stream twice, gate and up</td></tr>
 *   <tr><td>{@code FULL}</td><td>the stream before it; the projections down are not made again, nothing needs them</td></tr>
 * </table>
 */
public final class Trace implements AutoCloseable {
    private final Cuts cuts;
    private final NormCut last;
    private final PartGuard guard;
    private final Recompute recompute;
    /** Parts below it have nothing that is trained. */
    private final int lowestPart;
    /** The stream behind the last block, where the block itself does not keep it. */
    private final Kept stream = new Kept();

    private final Deque<BlockTrace> blocks = new ArrayDeque<>();
    private Tensor hidden;

    Trace(Cuts cuts, NormScale last, PartGuard guard, Recompute recompute, int lowestPart) {
        this.lowestPart = lowestPart;
        this.cuts = cuts;
        this.recompute = recompute;
        this.guard = guard;
        this.last = new NormCut(cuts.ops(), last);
    }

    private record BlockTrace(
            AttentionHalf attention, PackAttention kernel, FeedForwardHalf feedForward, OutputCut output) {
        void close() {
            attention.close();
            feedForward.close();
            output.close();
        }

        Stream<Kept> kept() {
            return Stream.concat(Stream.of(output.kept()), Stream.concat(attention.kept(), feedForward.kept()));
        }
    }

    /** The number of the last block so far, or of what is before the first that is kept. */
    private int part() {
        return Math.max(lowestPart - 1, 0) + blocks.size();
    }

    /** Runs one more block; the branch of the result belongs to the current scope. */
    Residual extend(DecoderBlock block, PackAttention kernel, Residual in) {
        BlockTrace trace = new BlockTrace(
                new AttentionHalf(block, cuts), kernel, new FeedForwardHalf(block, cuts), new OutputCut(block, cuts));
        blocks.push(trace);
        int part = part();
        guard.beforeForward(part);
        Residual middle = trace.attention().forward(in, kernel::forward);
        trace.attention().forget(recompute);
        Residual out = trace.output().forward(trace.feedForward().forward(middle));
        guard.afterForward(part);
        if (recompute != Recompute.FULL) {
            return out;
        }
        stream.close(); // that of the block before: this block has added to it
        Residual carried = new Residual(stream.keep(out.streamTE()), out.branchTE());
        trace.feedForward().close();
        return carried;
    }

    /** Begins the part behind the blocks, which ends in {@link #backward}. */
    void finish(Residual in) {
        guard.beforeBackward(part() + 1);
        hidden = cuts.whole(last.forward(in));
        stream.close();
    }

    /** The normed residual stream after the last block, {@code [T, E]}, in the scope in which the forward pass ran. */
    public Tensor hidden() {
        return hidden;
    }

    /**
     * Runs everything backward, last block first, and frees each half of a block as soon as it is done.
     *
     * @param gradTE gradient of {@link #hidden()}, or this rank's part of it, to be added up; may be overwritten
     * @return gradient of the embedded tokens, {@code [T, E]}; empty where nothing is trained that it would reach
     */
    public Optional<Tensor> backward(Tensor gradTE) {
        Tensor gradRows = cuts.sum(gradTE);
        Tensor grad = torch.zeros_like(gradRows);
        last.backward(gradRows, grad);
        last.close();
        guard.afterBackward(part() + 1);
        while (!blocks.isEmpty()) {
            int part = part();
            BlockTrace block = blocks.element();
            guard.beforeBackward(part);
            try {
                if (recompute == Recompute.FULL) {
                    block.feedForward().again(block.attention().again(block.kernel()));
                }
                block.output().backward(grad);
                block.feedForward().backward(grad);
                if (part == lowestPart) {
                    block.attention().endBackward(block.kernel(), grad);
                } else {
                    block.attention().backward(block.kernel(), grad);
                }
            } finally {
                blocks.remove().close();
            }
            guard.afterBackward(part);
        }
        for (int part = part(); part > 0; part--) {
            guard.skippedBackward(part);
        }
        return lowestPart == 0 ? Optional.of(cuts.whole(grad)) : Optional.empty();
    }

    /** Bytes of memory behind all that is kept at the moment; {@link ActivationBytes} says how many it will be. */
    public long keptBytes() {
        Stream<Kept> ofBlocks = blocks.stream().flatMap(BlockTrace::kept);
        return Kept.bytes(Stream.concat(ofBlocks, Stream.of(last.kept(), stream)));
    }

    @Override
    public void close() {
        stream.close();
        while (!blocks.isEmpty()) {
            blocks.pop().close();
        }
        last.close();
    }
}
