package dev.packtrain.training.device;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

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
}
