package dev.packtrain.training.engine;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** The feed-forward half of a block, from its norm to its output: one run, with what its backward pass needs. */
final class FeedForwardHalf implements AutoCloseable {
    private final DecoderBlock block;
    private final Cuts cuts;
    private final NormCut norm;
    private final BranchCut adapter;
    private final Kept kept = new Kept();
    private Tensor gateTI;
    private Tensor upTI;

    FeedForwardHalf(DecoderBlock block, Cuts cuts) {
        this.block = block;
        this.cuts = cuts;
        this.norm = new NormCut(cuts.ops(), block.feedForwardNorm());
        this.adapter = new BranchCut(block.feedForwardAdapter());
    }

    Residual forward(Residual in) {
        Tensor branch = TensorScope.one(() -> {
            open(in);
            return branch();
        });
        return new Residual(norm.stream(), branch);
    }

    private Tensor branch() {
        return adapter.forward(cuts.sum(block.down().apply(cuts.ops().swiglu(gateTI, upTI))[0]));
    }

    private void open(Residual in) {
        Tensor[] gateUp = block.gateUp().apply(cuts.whole(norm.forward(in)));
        gateTI = kept.keep(gateUp[0]);
        upTI = kept.keep(gateUp[1]);
    }

    /** After {@link #close}: makes what the backward pass needs once more, the same bits. */
    void again(Residual in) {
        TensorScope.run(() -> {
            open(in);
            if (adapter.isThere()) {
                branch(); // for what the adapter was given
            }
        });
    }

    Stream<Kept> kept() {
        return Stream.of(norm.kept(), kept, adapter.kept());
    }

    /** Turns the gradient of the stream behind this half into that before it, in place, and frees what was kept. */
    void backward(Tensor gradTE) {
        TensorScope.run(() -> {
            // SwiGLU's result and the norm's are needed for gradients of weights only: made again rather than kept.
            TensorScope.run(() -> {
                Tensor gradBranchTE = cuts.whole(adapter.backward(gradTE));
                Tensor grad = block.down().backward(cuts.ops().swiglu(gateTI, upTI), gradBranchTE);
                cuts.ops().swigluGrad(grad, gateTI, upTI);
            });
            Tensor gradY = cuts.sum(block.gateUp().backward(cuts.whole(norm.again()), gateTI, upTI));
            kept.close();
            norm.backward(gradY, gradTE);
        });
        close();
    }

    @Override
    public void close() {
        adapter.close();
        kept.close();
        norm.close();
    }
}
