package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.OptimizerOptions;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) on flat buffers, step for step as {@code torch.optim.AdamW}
 * after {@code clip_grad_norm_}:
 *
 * <pre>
 *   g ← g · min(1, maxNorm / (‖g‖ + 10⁻⁶))              (all parameters together)
 *   θ ← θ · (1 − lr·λ)                                  (decayed part only)
 *   m ← m + (1 − β₁)(g − m)
 *   v ← β₂·v + (1 − β₂)·g²
 *   θ ← θ − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 *
 * lr is the step's learning rate times the scale of the parameter's group.
 */
public final class AdamW implements AutoCloseable {
    /** As in PyTorch: keeps the factor finite when all gradients are zero. */
    private static final double CLIP_EPSILON = 1e-6;

    private final FlatParameters parameters;
    private final OptimizerOptions options;
    private final Moments moments;
    private final FlatMath math;

    /**
     * With zero moments.
     *
     * @throws BadInputException if bf16 moments are asked for on a GPU
     */
    public AdamW(FlatParameters parameters, OptimizerOptions options) {
        this(
                parameters,
                options,
                parameters.weights().is_cpu() ? new CpuFlatMath(parameters) : new TorchFlatMath(parameters));
    }

    AdamW(FlatParameters parameters, OptimizerOptions options, FlatMath math) {
        this.parameters = parameters;
        this.options = options;
        this.math = math;
        if (options.lowPrecisionMoments() && !parameters.weights().is_cpu()) {
            throw new BadInputException(
                    "use_lowprecision_moment is true, but only the CPU's optimizer rounds moments so that they keep moving; set it to false on a GPU.");
        }
        ScalarType dtype = options.lowPrecisionMoments() ? ScalarType.BFloat16 : ScalarType.Float;
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            moments = new Moments(
                    parameters.zeros(dtype).retainReference(),
                    parameters.zeros(dtype).retainReference());
        }
    }

    /** First moments, flat; fp32, or bf16 if the options say so. */
    public Tensor expAvg() {
        return moments.first();
    }

    /** Second moments, flat; fp32, or bf16 if the options say so. */
    public Tensor expAvgSq() {
        return moments.second();
    }

    /** Memory of both moments. */
    public long numBytes() {
        return moments.first().nbytes() + moments.second().nbytes();
    }

    /** Global L2 norm of the main gradients; NaN or infinite if one of them is. */
    public double gradNorm() {
        return math.gradNorm();
    }

    /**
     * One update of master weights and model weights from the main gradients, which stay as they are.
     *
     * @param step 1-based, counted over the whole run
     * @param learningRate of this step, before the scales of the groups
     * @param gradNorm the main gradients' global norm; they are clipped to {@code max_grad_norm} unless that is 0 or less
     */
    public void step(int step, double learningRate, double gradNorm) {
        for (FlatParameters.Group group : parameters.groups()) {
            AdamWStep numbers = new AdamWStep(
                    step,
                    learningRate * group.learningRateScale(),
                    options.adamBeta1(),
                    options.adamBeta2(),
                    options.adamEpsilon(),
                    group.decays() ? options.weightDecay() : 0,
                    clipFactor(gradNorm));
            math.update(group.from(), group.to(), numbers, moments);
        }
    }

    private double clipFactor(double gradNorm) {
        return options.maxGradNorm() > 0 ? Math.min(1, options.maxGradNorm() / (gradNorm + CLIP_EPSILON)) : 1;
    }

    @Override
    public void close() {
        moments.second().close();
        moments.first().close();
    }
}
