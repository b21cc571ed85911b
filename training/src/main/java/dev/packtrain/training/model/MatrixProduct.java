package dev.packtrain.training.model;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A linear that is a matrix product and nothing else, to which a bias may be added. */
interface MatrixProduct extends Linear {
    /** {@code x·Wᵀ}, with {@code biasO} added to every row where it is present. */
    Tensor apply(Tensor xTI, Optional<Tensor> biasO);

    @Override
    default Tensor apply(Tensor xTI) {
        return apply(xTI, Optional.empty());
    }
}
