package dev.packtrain.training.parallel;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.engine.PartialSums;
import org.bytedeco.pytorch.Tensor;

/**
 * Sums of partial activations over the ranks of a tensor group; every rank holds the whole residual stream.
 *
 * @param group the ranks
 */
record TensorSums(ProcessGroup group) implements PartialSums {
    @Override
    public void total(Tensor partial) {
        group.allReduceSum(partial, "partial values of a tensor group");
    }

    @Override
    public Tensor sum(Tensor partialTE) {
        Tensor contiguous = partialTE.contiguous();
        group.allReduceSum(contiguous, "activations of a tensor group");
        return contiguous;
    }
}
