package dev.packtrain.training.model;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.WeightProduct;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A matrix product with explicit gradients: the weight's is summed by the product itself, where autograd would write it
 * down and then add it.
 *
 * @param weight {@code [out, in]}
 * @param split how ranks share it
 */
record PlainLinear(Parameter weight, LinearSplit split) implements MatrixProduct {
    @Override
    public Tensor apply(Tensor xTI, Optional<Tensor> biasO) {
        return WeightProduct.forward(xTI, weight.tensor(), biasO);
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        addGradients(xTI, gradTO);
        Tensor w = weight.tensor();
        return sumTI.isPresent()
                ? WeightProduct.addInputGradient(sumTI.get(), gradTO, w)
                : WeightProduct.inputGradient(gradTO, w);
    }

    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {
        if (weight.isTrained()) {
            TensorScope.run(() -> WeightProduct.addWeightGradient(LeafGradient.of(weight.tensor()), gradTO, xTI));
        }
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight);
    }
}
