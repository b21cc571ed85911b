package dev.packtrain.training.model;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code w · x / √(mean(x²) + eps)} over the last dim (Zhang and Sennrich 2019, arXiv 1910.07467).
 *
 * @param weight {@code [E]}
 * @param eps added to the mean square
 */
public record RmsNorm(Parameter weight, double eps) {
    Tensor apply(Tensor xTE) {
        Tensor w = weight.tensor();
        return torch.rms_norm(xTE, new long[] {w.size(0)}, new TensorOptional(w), new DoubleOptional(eps));
    }
}
