package dev.packtrain.training.engine;

import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.pytorch.Tensor;

/** A forward pass through the blocks, waiting for its backward pass. Closing it frees what is still kept. */
public final class Trace implements AutoCloseable {
    private final PackAttention attention;
    private final PartialSums sums;
    private final Deque<BlockTrace> blocks = new ArrayDeque<>();
    private Tensor hidden;

    Trace(PackAttention attention, PartialSums sums) {
        this.attention = attention;
        this.sums = sums;
    }

    /** One block's recordings, in forward order. */
    private static final class BlockTrace implements AutoCloseable {
        private final Kept kept = new Kept();
        private Recording attentionInput;
        private PackAttention.Forward attended;
        private Recording attentionOutput;
        private Recording feedForward;

        @Override
        public void close() {
            for (Recording recording : new Recording[] {attentionInput, attentionOutput, feedForward}) {
                if (recording != null) {
                    recording.close();
                }
            }
            kept.close();
        }
    }

    Tensor extend(DecoderBlock block, Tensor hTE, Tensor[] rotary) {
        BlockTrace trace = new BlockTrace();
        blocks.push(trace);
        trace.attentionInput = Recording.of(in -> block.attentionInput(in[0], rotary), hTE);
        trace.attended = attention.forward(q(trace), k(trace), v(trace));
        trace.attended.saved().forEach(trace.kept::keep);
        Tensor oTHD = trace.attended.oTHD();
        trace.attentionOutput = Recording.of(in -> new Tensor[] {block.attentionOutput(in[0])}, oTHD);
        Tensor middle = hTE.add(sums.sum(trace.attentionOutput.output(0)));
        trace.feedForward = Recording.of(in -> new Tensor[] {block.feedForward(in[0])}, middle);
        return middle.add(sums.sum(trace.feedForward.output(0)));
    }

    void hidden(Tensor hTE) {
        hidden = hTE;
    }

    /** The residual stream after the last block, {@code [T, E]}, in the scope in which the forward pass ran. */
    public Tensor hidden() {
        return hidden;
    }

    /**
     * Runs all blocks backward, last first, and frees each as soon as it is done.
     *
     * @param gradTE gradient of {@link #hidden()}
     * @return gradient of the embedded tokens, {@code [T, E]}
     */
    public Tensor backward(Tensor gradTE) {
        Tensor grad = TensorScope.one(gradTE::alias);
        while (!blocks.isEmpty()) {
            Tensor out = grad;
            grad = TensorScope.one(() -> backward(blocks.peek(), out));
            out.close();
            blocks.pop().close();
        }
        return grad;
    }

    // The residual's gradient is a copy: it passes each branch by and the branch's gradient is added.
    private Tensor backward(BlockTrace block, Tensor grad) {
        Tensor middle = grad.add(sums.sum(block.feedForward.backward(grad)[0]));
        Tensor dO = block.attentionOutput.backward(middle)[0];
        PackAttention.Gradients d = attention.backward(dO, q(block), k(block), v(block), block.attended);
        Tensor branch = block.attentionInput.backward(d.qTHD(), d.kTGD(), d.vTGD())[0];
        return middle.add(sums.sum(branch));
    }

    private static Tensor q(BlockTrace block) {
        return block.attentionInput.output(0);
    }

    private static Tensor k(BlockTrace block) {
        return block.attentionInput.output(1);
    }

    private static Tensor v(BlockTrace block) {
        return block.attentionInput.output(2);
    }

    @Override
    public void close() {
        while (!blocks.isEmpty()) {
            blocks.pop().close();
        }
    }
}
