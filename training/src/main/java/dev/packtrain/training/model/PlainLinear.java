package dev.packtrain.training.model;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

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
        return biasO.isPresent()
                ? torch.linear(xTI, weight.tensor(), new TensorOptional(biasO.get()))
                : torch.linear(xTI, weight.tensor());
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        if (weight.isTrained()) {
            TensorScope.run(() -> LeafGradient.of(weight.tensor()).addmm_(gradTO.t(), xTI));
        }
        Tensor w = weight.tensor();
        return sumTI.isPresent() ? sumTI.get().addmm_(gradTO, w) : gradTO.mm(w);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight);
    }
}
