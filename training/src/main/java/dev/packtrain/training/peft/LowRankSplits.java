package dev.packtrain.training.peft;

import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.TensorSplit;

/**
 * How tensor-parallel ranks share a branch {@code x·Aᵀ·Bᵀ} beside a linear: see {@link LinearSplit}.
 *
 * @param down of A, {@code [R, I]}
 * @param downIsPartial whether A's gradient is to be added up over the ranks
 * @param up of B, {@code [O, R]}
 * @param upIsPartial whether B's gradient is
 */
record LowRankSplits(TensorSplit down, boolean downIsPartial, TensorSplit up, boolean upIsPartial) {
    /** Of a branch beside {@code base}. */
    static LowRankSplits of(Linear base, int rank) {
        TensorSplit weight = base.weight().split();
        long[] downShape = {rank, weight.wholeShape()[1]};
        long[] upShape = {weight.wholeShape()[0], rank};
        int degree = degree(weight);
        return switch (base.split()) {
            case WHOLE ->
                new LowRankSplits(
                        TensorSplit.whole(downShape, degree),
                        base.weight().partialGradient(),
                        TensorSplit.whole(upShape, degree),
                        base.weight().partialGradient());
            case COLUMN ->
                new LowRankSplits(
                        TensorSplit.whole(downShape, degree),
                        degree > 1,
                        new TensorSplit(upShape, 0, weight.from(), weight.length(), weight.numCopies()),
                        base.weight().partialGradient());
            case ROW ->
                new LowRankSplits(
                        new TensorSplit(downShape, 1, weight.from(), weight.length(), weight.numCopies()),
                        base.weight().partialGradient(),
                        TensorSplit.whole(upShape, degree),
                        degree > 1);
        };
    }

    /** B's split for a vector of one number an output. */
    TensorSplit upVector() {
        return new TensorSplit(new long[] {up.wholeShape()[0]}, 0, up.from(), up.length(), up.numCopies());
    }

    /**
     * Of a tensor between A and B: whole on every rank. Each sees its own outputs' gradient only, or its own inputs' share, so
     * its gradient is partial.
     */
    static AdapterTensors.Spec inner(Linear base, long... shape) {
        int degree = degree(base.weight().split());
        return new AdapterTensors.Spec(
                TensorSplit.whole(shape, degree), degree > 1 || base.weight().partialGradient(), 1);
    }

    /** Ranks that share the linear: all of them hold equally long parts. */
    private static int degree(TensorSplit weight) {
        return Math.toIntExact(weight.wholeShape()[weight.dim()] * weight.numCopies() / weight.length());
    }
}
