package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorFactory;
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
    public void addTo(Tensor yTO, Tensor xTI) {
        switch (split) {
            case WHOLE -> whole.addTo(yTO, xTI);
            case COLUMN -> {
                Tensor allTO = zerosLike(yTO, 0);
                whole.addTo(allTO, xTI);
                yTO.add_(ownColumns(allTO));
            }
            case ROW -> whole.addTo(yTO, withZeros(xTI, 1));
        }
    }

    @Override
    public void backward(Tensor xTI, Tensor gradTO, Tensor gradTI) {
        switch (split) {
            case WHOLE -> whole.backward(xTI, gradTO, gradTI);
            case COLUMN -> whole.backward(xTI, withZeros(gradTO, 0), gradTI);
            case ROW -> {
                Tensor allTI = zerosLike(gradTI, 1);
                whole.backward(withZeros(xTI, 1), gradTO, allTI);
                gradTI.add_(ownColumns(allTI));
            }
        }
    }

    /** Zeros for all rows of {@code own}, and all columns of dim {@code dim} of the weight. */
    private Tensor zerosLike(Tensor own, int dim) {
        return TensorFactory.like(own).zeros(own.scalar_type().intern(), own.size(0), weight.wholeShape()[dim]);
    }

    private Tensor ownColumns(Tensor all) {
        return all.narrow(1, weight.from(), weight.length());
    }

    private Tensor withZeros(Tensor own, int dim) {
        long after = weight.wholeShape()[dim] - weight.from() - weight.length();
        return weight.from() == 0 && after == 0 ? own : torch.constant_pad_nd(own, new long[] {weight.from(), after});
    }

    @Override
    public List<Parameter> parameters() {
        return whole.parameters();
    }
}
