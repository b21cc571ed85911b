package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.training.options.OptimizerOptions;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) on flat fp32 buffers, step for step as {@code torch.optim.AdamW}
 * after {@code clip_grad_norm_}:
 *
 * <pre>
 *   g ← g · min(1, maxNorm / (‖g‖ + 10⁻⁶))              (all parameters together)
 *   θ ← θ · (1 − lr·λ)                                  (decayed part only)
 *   m ← m + (1 − β₁)(g − m)
 *   v ← β₂·v + (1 − β₂)·g²
 *   θ ← θ − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 */
public final class AdamW implements AutoCloseable {
    /** As in PyTorch: keeps the factor finite when all gradients are zero. */
    private static final double CLIP_EPSILON = 1e-6;

    private final FlatParameters parameters;
    private final OptimizerOptions options;
    private final Moments moments;
    private final FlatMath math;

    /** With zero moments. */
    public AdamW(FlatParameters parameters, OptimizerOptions options) {
        this(
                parameters,
                options,
                parameters.masterWeights().is_cpu()
                        ? new CpuFlatMath(parameters, torch.get_num_threads())
                        : new TorchFlatMath(parameters));
    }

    AdamW(FlatParameters parameters, OptimizerOptions options, FlatMath math) {
        this.parameters = parameters;
        this.options = options;
        this.math = math;
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            moments = new Moments(
                    torch.zeros_like(parameters.masterWeights()).retainReference(),
                    torch.zeros_like(parameters.masterWeights()).retainReference());
        }
    }

    /** First moments, flat fp32. */
    public Tensor expAvg() {
        return moments.first();
    }

    /** Second moments, flat fp32. */
    public Tensor expAvgSq() {
        return moments.second();
    }

    /** Global L2 norm of the main gradients; NaN or infinite if one of them is. */
    public double gradNorm() {
        return math.gradNorm();
    }

    /**
     * One update of master weights and model weights from the main gradients, which stay as they are.
     *
     * @param step 1-based, counted over the whole run
     * @param learningRate of this step
     * @param gradNorm the main gradients' global norm; they are clipped to {@code max_grad_norm} unless that is 0 or less
     */
    public void step(int step, double learningRate, double gradNorm) {
        AdamWStep decaying = new AdamWStep(
                step,
                learningRate,
                options.adamBeta1(),
                options.adamBeta2(),
                options.adamEpsilon(),
                options.weightDecay(),
                clipFactor(gradNorm));
        math.update(0, parameters.numDecayed(), decaying, moments);
        math.update(parameters.numDecayed(), parameters.numElements(), decaying.withoutDecay(), moments);
    }

    private double clipFactor(double gradNorm) {
        return options.maxGradNorm() > 0 ? Math.min(1, options.maxGradNorm() / (gradNorm + CLIP_EPSILON)) : 1;
    }

    @Override
    public void close() {
        math.close();
        moments.second().close();
        moments.first().close();
    }
}
