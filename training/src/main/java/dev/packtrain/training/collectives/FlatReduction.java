package dev.packtrain.training.collectives;

import dev.packtrain.kernels.RankReduction;
import dev.packtrain.kernels.RankReduction.Operation;
import dev.packtrain.kernels.ReductionType;
import org.bytedeco.pytorch.Tensor;

/**
 * What is done with the elements of all ranks, in the order of the ranks.
 *
 * @param kernel does it
 * @param operation sum or maximum
 * @param from type of what comes in
 * @param to type of the result
 */
record FlatReduction(RankReduction kernel, Operation operation, ReductionType from, ReductionType to) {
    /** From tensors like {@code input} to one like {@code output}. */
    static FlatReduction of(RankReduction kernel, Operation operation, Tensor input, Tensor output) {
        return new FlatReduction(kernel, operation, ScalarTypes.reduction(input), ScalarTypes.reduction(output));
    }

    /**
     * Does it.
     *
     * @param sources address of the first element of each rank
     * @param output address of the first result
     */
    void apply(long[] sources, long output, long elements) {
        kernel.apply(operation, from, to, sources, output, elements);
    }
}
