package dev.packtrain.training.peft;

import dev.packtrain.kernels.LowRankProducts;
import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the adapters of one input add beside their linears, and their gradients; x being the input as the adapters see it:
 *
 * <pre>
 *   r = x Aᵀ                y += s · r Bᵀ
 *   h = s · dy B            dx += h A
 *   dB += s · dyᵀ r         dA += hᵀ x
 * </pre>
 */
interface LoraBranches {
    /**
     * This project's kernels for fp32 and bf16 on the CPU, unless autograd records or the ranks are too wide for them;
     * libtorch's products else.
     *
     * @param linears of one input, at least one
     * @param xTI the input
     */
    static LoraBranches of(List<LoraLinear> linears, Tensor xTI) {
        ScalarType dtype = xTI.scalar_type().intern();
        boolean isNative = xTI.is_cpu()
                && (dtype == ScalarType.Float || dtype == ScalarType.BFloat16)
                && linears.stream().allMatch(linear -> linear.isOf(dtype))
                && !GradMode.is_enabled()
                && LowRankProducts.canTake(
                        linears.stream().map(LoraLinear::rank).toList());
        return isNative ? NativeLoraBranches.of(linears, dtype) : new TorchLoraBranches(linears);
    }

    /** Adds to the results of the linears, {@code [T, O]} each. */
    void addTo(Tensor xTI, List<Tensor> results);

    /**
     * Adds to the gradients of all B's and of those A's that are trained.
     *
     * @param gradients of the results
     * @return what {@link #addInputGradient} wants: h of all, a new tensor
     */
    Tensor addGradients(Tensor xTI, List<Tensor> gradients);

    /** Adds to the input's gradient. */
    void addInputGradient(Tensor gradTI, Tensor h);
}
