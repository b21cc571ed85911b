package dev.packtrain.training.peft;

import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A rank's share of a map whose structure crosses the split of its linear. Every rank holds the whole map: of a column-parallel
 * linear it takes its outputs, and in a row-parallel one it has zeros for the inputs of the others, so that the partial results
 * add up to the whole. Gradients of what the map trains are partial either way: {@link LowRankSplits#inner}.
 *
 * @param whole from all inputs to all outputs
 * @param split of the linear
 * @param weight of the linear
 */
record WholeBranch(Branch whole, LinearSplit split, TensorSplit weight) implements Branch {
    /** Beside a linear. */
    static WholeBranch of(Branch whole, Linear base) {
        return new WholeBranch(whole, base.split(), base.weight().split());
    }

    @Override
    public Tensor apply(Tensor xTI) {
        return switch (split) {
            case WHOLE -> whole.apply(xTI);
            case COLUMN -> whole.apply(xTI).narrow(1, weight.from(), weight.length());
            case ROW -> whole.apply(withZeros(xTI));
        };
    }

    private Tensor withZeros(Tensor xTI) {
        long after = weight.wholeShape()[1] - weight.from() - weight.length();
        return weight.from() == 0 && after == 0 ? xTI : torch.constant_pad_nd(xTI, new long[] {weight.from(), after});
    }

    @Override
    public List<Parameter> parameters() {
        return whole.parameters();
    }
}
