package dev.packtrain.training.engine;

import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.LayerAttentions;
import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.fused.NormScale;
import dev.packtrain.training.fused.RotaryTables;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Runs the blocks of a decoder with everything special at the cuts between their segments. */
public final class CutEngine {
    private final AttentionKernel attention;
    private final FusedOps ops;
    private final PartialSums sums;
    private final Recompute recompute;
    private PartGuard guard = PartGuard.NONE;

    /** With what happens at the cuts, and what of a block is not kept between its forward and its backward pass. */
    public CutEngine(AttentionKernel attention, FusedOps ops, PartialSums sums, Recompute recompute) {
        this.attention = attention;
        this.ops = ops;
        this.sums = sums;
        this.recompute = recompute;
    }

    /** Has every pass from now on announce its parts to {@code newGuard}. */
    public void guard(PartGuard newGuard) {
        guard = newGuard;
    }

    /** Who is told of the parts of a pass. */
    public PartGuard guard() {
        return guard;
    }

    /** The kernel at the attention cut. */
    public AttentionKernel attention() {
        return attention;
    }

    /** The row-wise operations at the other cuts. */
    public FusedOps ops() {
        return ops;
    }

    /**
     * Runs all blocks and the last norm, and keeps what the backward pass needs.
     *
     * @param last the norm after the last block
     * @param hTE embedded tokens, or this rank's part of them, to be added up; may be overwritten
     * @param rotary tables for the positions of these tokens
     * @param pack attention of the pack, from {@link #attention()}; closed after the trace
     */
    public Trace record(
            List<? extends DecoderBlock> blocks,
            NormScale last,
            Tensor hTE,
            RotaryTables rotary,
            LayerAttentions pack) {
        return record(blocks, last, hTE, rotary, pack, 0);
    }

    /**
     * The same for a model of which not all is trained.
     *
     * @param lowestPart the lowest part, as {@link PartGuard} counts, in which something is trained; of those below it
     *     nothing is kept, and the backward pass does not reach them; the gradient of what it is given is not computed
     */
    public Trace record(
            List<? extends DecoderBlock> blocks,
            NormScale last,
            Tensor hTE,
            RotaryTables rotary,
            LayerAttentions pack,
            int lowestPart) {
        Cuts cuts = new Cuts(ops, sums, rotary);
        Trace trace = new Trace(cuts, last, guard, recompute, lowestPart);
        try {
            int first = Math.min(Math.max(lowestPart - 1, 0), blocks.size());
            LayerAttention attend =
                    (layer, q, k, v) -> pack.of(layer).forward(q, k, v).oTHD();
            Residual h = new Residual(through(blocks.subList(0, first), cuts.sum(hTE), cuts, attend), null);
            for (int layer = first; layer < blocks.size(); layer++) {
                h = trace.extend(blocks.get(layer), pack.of(layer), h);
            }
            trace.finish(h);
            return trace;
        } catch (RuntimeException | Error e) {
            trace.close();
            throw e;
        }
    }

    /**
     * Runs all blocks and keeps nothing.
     *
     * @param hTE as for {@link #record}
     * @param attend attention of a layer; a cache may stand behind it
     * @return the residual stream after the last block, {@code [T, E]}
     */
    public Tensor infer(List<? extends DecoderBlock> blocks, Tensor hTE, RotaryTables rotary, LayerAttention attend) {
        Cuts cuts = new Cuts(ops, sums, rotary);
        return cuts.whole(through(blocks, cuts.sum(hTE), cuts, attend));
    }

    /** The stream behind blocks of which nothing is kept. */
    private Tensor through(List<? extends DecoderBlock> blocks, Tensor hTE, Cuts cuts, LayerAttention attend) {
        Tensor h = hTE;
        for (int i = 0; i < blocks.size(); i++) {
            DecoderBlock block = blocks.get(i);
            Tensor in = h;
            int layer = i;
            AttentionHalf.Attend here =
                    (q, k, v) -> new PackAttention.Forward(attend.attend(layer, q, k, v), List.of());
            guard.beforeForward(1 + layer);
            h = TensorScope.one(() -> infer(block, in, cuts, here));
            guard.afterForward(1 + layer);
        }
        return h;
    }

    private static Tensor infer(DecoderBlock block, Tensor hTE, Cuts cuts, AttentionHalf.Attend attend) {
        try (AttentionHalf attention = new AttentionHalf(block, cuts);
                FeedForwardHalf feedForward = new FeedForwardHalf(block, cuts);
                OutputCut output = new OutputCut(block, cuts)) {
            Residual out = output.forward(feedForward.forward(attention.forward(new Residual(hTE, null), attend)));
            return out.branchTE().add_(out.streamTE());
        }
    }

    /** Attention of one layer while inferring. */
    @FunctionalInterface
    public interface LayerAttention {
        /** From queries, keys and values of {@code layer} to the output, {@code [T, H, D]}. */
        Tensor attend(int layer, Tensor qTHD, Tensor kTGD, Tensor vTGD);
    }
}
