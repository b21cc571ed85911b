package dev.packtrain.training.model;

import dev.packtrain.training.device.LeafGradient;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A matrix product with something added to every row.
 *
 * @param product the product
 * @param bias {@code [out]}
 * @param adds whether this rank adds it: of the ranks that share a {@link LinearSplit#ROW} linear one does
 */
record BiasedLinear(MatrixProduct product, Parameter bias, boolean adds) implements Linear {
    @Override
    public Parameter weight() {
        return product.weight();
    }

    @Override
    public LinearSplit split() {
        return product.split();
    }

    @Override
    public Tensor apply(Tensor xTI) {
        return product.apply(xTI, adds ? Optional.of(bias.tensor()) : Optional.empty());
    }

    @Override
    public Tensor like() {
        return product.like();
    }

    @Override
    public Tensor matrix() {
        return product.matrix();
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        addBiasGradient(gradTO);
        return product.backward(xTI, gradTO, sumTI);
    }

    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {
        addBiasGradient(gradTO);
        product.addGradients(xTI, gradTO);
    }

    private void addBiasGradient(Tensor gradTO) {
        if (bias.isTrained()) {
            LeafGradient.addRowSum(bias.tensor(), gradTO);
        }
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(product.weight(), bias);
    }
}
