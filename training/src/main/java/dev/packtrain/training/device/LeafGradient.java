package dev.packtrain.training.device;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The gradient of a trained tensor, for code that adds to it without autograd. */
public final class LeafGradient {
    private LeafGradient() {}

    /**
     * Its {@code .grad}, made of zeros if there is none; a borrowed handle.
     *
     * @param leaf a trained tensor
     */
    public static Tensor of(Tensor leaf) {
        if (!leaf.grad().defined()) {
            TensorScope.run(() -> leaf.mutable_grad().put(torch.zeros_like(leaf)));
        }
        return leaf.grad();
    }

    /**
     * Adds the sum of rows to the gradient: that of a bias, which is added to every row.
     *
     * @param leaf a trained tensor of O elements
     * @param gradTO {@code [T, O]}
     */
    public static void addRowSum(Tensor leaf, Tensor gradTO) {
        TensorScope.run(() -> {
            // Rows by the thousand: a sum in bf16 would lose the last ones.
            ScalarType wide = gradTO.scalar_type().intern() == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
            of(leaf).view(-1).add_(gradTO.sum(new long[] {0}, false, new ScalarTypeOptional(wide)));
        });
    }
}
