package dev.packtrain.training.model;

import dev.packtrain.training.quantize.QuantizedProduct;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A product with a frozen matrix of few bits. The gradient of the input is that of the numbers behind the bits.
 *
 * @param weight its bytes, uint8 {@code [B]}, for the part that its split says; never trained
 * @param split how ranks share it
 * @param product computes with them
 * @param like an empty tensor of the dtype and on the device of activations
 */
record QuantizedLinear(Parameter weight, LinearSplit split, QuantizedProduct product, Tensor like)
        implements MatrixProduct {
    @Override
    public Tensor apply(Tensor xTI, Optional<Tensor> biasO) {
        if (GradMode.is_enabled() && xTI.requires_grad()) {
            // Whoever lets autograd find the gradient around this linear must have it through this linear too.
            Tensor yTO = torch.linear(xTI, matrix());
            return biasO.isPresent() ? yTO.add(biasO.get()) : yTO;
        }
        Tensor yTO = product.apply(weight.tensor(), xTI);
        return biasO.isPresent() ? yTO.add_(biasO.get()) : yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = product.transposed(weight.tensor(), gradTO);
        return sumTI.isPresent() ? sumTI.get().add_(gradTI) : gradTI;
    }

    /** Nothing is trained here. */
    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {}

    @Override
    public Tensor matrix() {
        return product.dense(weight.tensor());
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight);
    }
}
