package dev.packtrain.training.model;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A matrix product with something added to every row.
 *
 * @param product the product
 * @param bias {@code [out]}
 */
record BiasedLinear(PlainLinear product, Parameter bias) implements Linear {
    @Override
    public Tensor apply(Tensor xTI) {
        return torch.linear(xTI, product.weight().tensor(), new TensorOptional(bias.tensor()));
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        if (bias.isTrained()) {
            TensorScope.run(() -> addBiasGradient(gradTO));
        }
        return product.backward(xTI, gradTO, sumTI);
    }

    private void addBiasGradient(Tensor gradTO) {
        // Rows by the thousand: a sum in bf16 would lose the last ones.
        ScalarType wide = gradTO.scalar_type().intern() == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
        Tensor sumO = gradTO.sum(new long[] {0}, false, new ScalarTypeOptional(wide));
        LeafGradient.of(bias.tensor()).add_(sumO);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(product.weight(), bias);
    }
}
