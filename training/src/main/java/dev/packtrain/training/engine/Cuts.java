package dev.packtrain.training.engine;

import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.fused.RotaryTables;
import org.bytedeco.pytorch.Tensor;

/**
 * What happens at the cuts of one pass.
 *
 * @param ops norms, rotary positions, SwiGLU
 * @param sums over tensor-parallel ranks
 * @param rotary tables of the pass's tokens
 */
record Cuts(FusedOps ops, PartialSums sums, RotaryTables rotary) {
    /** This rank's rows of the sum over the ranks; see {@link PartialSums#sum}. */
    Tensor sum(Tensor partialTE) {
        return sums.sum(partialTE);
    }

    /** The rows of all tokens, from this rank's; see {@link PartialSums#whole}. */
    Tensor whole(Tensor rowsTE) {
        return sums.whole(rowsTE, rotary.cos().size(0));
    }

    /** The token that this rank's first row of the stream is. */
    long firstRow() {
        return sums.firstRow(rotary.cos().size(0));
    }
}
