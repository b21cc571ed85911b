package dev.packtrain.training.engine;

import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.device.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Runs the blocks of a decoder with everything special at the cuts between their segments. */
public final class CutEngine {
    private final AttentionKernel attention;
    private final PartialSums sums;

    /** With the kernel and the sum that happen at the cuts. */
    public CutEngine(AttentionKernel attention, PartialSums sums) {
        this.attention = attention;
        this.sums = sums;
    }

    /** The kernel at the attention cut. */
    public AttentionKernel attention() {
        return attention;
    }

    /**
     * Runs all blocks and keeps what the backward pass needs.
     *
     * @param hTE embedded tokens
     * @param rotary the model's tables, handed to every block
     * @param pack attention of the pack, from {@link #attention()}; closed after the trace
     */
    public Trace record(List<? extends DecoderBlock> blocks, Tensor hTE, Tensor[] rotary, PackAttention pack) {
        Trace trace = new Trace(pack, sums);
        try {
            Tensor h = hTE;
            for (DecoderBlock block : blocks) {
                Tensor in = h;
                h = TensorScope.one(() -> trace.extend(block, in, rotary));
            }
            trace.hidden(h);
            return trace;
        } catch (RuntimeException | Error e) {
            trace.close();
            throw e;
        }
    }

    /**
     * Runs all blocks without recording.
     *
     * @param attend attention of a layer; a cache may stand behind it
     * @return the residual stream after the last block, {@code [T, E]}
     */
    public Tensor infer(List<? extends DecoderBlock> blocks, Tensor hTE, Tensor[] rotary, LayerAttention attend) {
        Tensor h = hTE;
        for (int i = 0; i < blocks.size(); i++) {
            DecoderBlock block = blocks.get(i);
            Tensor in = h;
            int layer = i;
            h = TensorScope.one(() -> {
                Tensor[] qkv = block.attentionInput(in, rotary);
                Tensor oTHD = attend.attend(layer, qkv[0], qkv[1], qkv[2]);
                Tensor middle = in.add(sums.sum(block.attentionOutput(oTHD)));
                return middle.add(sums.sum(block.feedForward(middle)));
            });
        }
        return h;
    }

    /** Attention of one layer while inferring. */
    @FunctionalInterface
    public interface LayerAttention {
        /** From queries, keys and values of {@code layer} to the output, {@code [T, H, D]}. */
        Tensor attend(int layer, Tensor qTHD, Tensor kTGD, Tensor vTGD);
    }
}
