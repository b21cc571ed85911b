package dev.packtrain.training.engine;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** The stream behind a block, where an {@link Intervention} may change it. Keeps the changed rows as they were. */
final class OutputCut implements AutoCloseable {
    private final Optional<Intervention> intervention;
    private final Cuts cuts;
    private final Kept kept = new Kept();
    private Tensor rowsP;
    private Tensor hPE;

    OutputCut(DecoderBlock block, Cuts cuts) {
        this.intervention = block.intervention();
        this.cuts = cuts;
    }

    /** Changes the branch, in place. */
    Residual forward(Residual out) {
        intervention.ifPresent(there -> TensorScope.run(
                () -> there.rows(cuts.firstRow(), out.branchTE().size(0)).ifPresent(rows -> change(rows, out))));
        return out;
    }

    private void change(Tensor rows, Residual out) {
        rowsP = kept.keep(rows);
        // Rounded as the stream is, whether this sum is made here or by the next norm.
        hPE = kept.keep(out.branchTE().index_select(0, rows).add_(out.streamTE().index_select(0, rows)));
        out.branchTE().index_add_(0, rows, change().apply(hPE)[0]);
    }

    private Segment change() {
        return intervention.orElseThrow().change(cuts.firstRow(), rowsP);
    }

    /** Adds to the gradient of the stream what comes through the change, in place. */
    void backward(Tensor gradTE) {
        if (hPE != null) {
            TensorScope.run(() -> {
                Tensor gradPE = gradTE.index_select(0, rowsP);
                gradTE.index_add_(0, rowsP, change().backward(hPE, gradPE));
            });
            close();
        }
    }

    Kept kept() {
        return kept;
    }

    @Override
    public void close() {
        kept.close();
        hPE = null;
    }
}
