package dev.packtrain.training.engine;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.fused.NormScale;
import org.bytedeco.pytorch.Tensor;

/** A norm of the residual stream, with the residual addition before it. Keeps the stream and one number a token. */
final class NormCut implements AutoCloseable {
    private final FusedOps ops;
    private final NormScale scale;
    private final Kept kept = new Kept();
    private Tensor stream;
    private Tensor rstd;

    NormCut(FusedOps ops, NormScale scale) {
        this.ops = ops;
        this.scale = scale;
    }

    /** Adds the branch and norms the sum. */
    Tensor forward(Residual in) {
        boolean first = in.branchTE() == null;
        FusedOps.Normed normed =
                first ? ops.norm(in.streamTE(), scale) : ops.addNorm(in.streamTE(), in.branchTE(), scale);
        stream = kept.keep(first ? in.streamTE() : in.branchTE());
        if (!first) {
            in.branchTE().close(); // it was the scope's, for as long as the pass: from here on it is this cut's
        }
        rstd = kept.keep(normed.rstd());
        return normed.y();
    }

    /** The residual stream with the branch in it. */
    Tensor stream() {
        return stream;
    }

    /** Whether its scale wants a gradient. */
    boolean isTrained() {
        return scale.weight().requires_grad();
    }

    /** The result of {@link #forward} again. */
    Tensor again() {
        return ops.renorm(stream, rstd, scale);
    }

    /**
     * Adds the gradient of the stream that goes through the norm.
     *
     * @param gradTE of the result
     * @param gradStreamTE of the stream, added to
     */
    void backward(Tensor gradTE, Tensor gradStreamTE) {
        ops.normGrad(gradTE, stream, rstd, scale, gradStreamTE);
    }

    Kept kept() {
        return kept;
    }

    @Override
    public void close() {
        kept.close();
    }
}
