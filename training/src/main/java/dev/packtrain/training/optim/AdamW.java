package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.options.OptimizerOptions;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) on flat tensors, step for step as {@code torch.optim.AdamW}
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
 * lr is the step's learning rate times the scale of the range. It keeps nothing itself: the moments belong to whoever keeps
 * the parameters.
 */
public final class AdamW {
    /** As in PyTorch: keeps the factor finite when all gradients are zero. */
    private static final double CLIP_EPSILON = 1e-6;

    private final OptimizerOptions options;
    /** Of what is updated. */
    private final FlatMath math;

    /**
     * For parameters in one place.
     *
     * @param place where what is updated lies: the CPU also for the state of a GPU that is offloaded
     * @throws BadInputException if bf16 moments are asked for where nothing rounds them so that they keep moving
     */
    public AdamW(OptimizerOptions options, ComputeDevice place) {
        this(options, FlatMath.of(place));
        if (options.lowPrecisionMoments() && !math.roundsMoments()) {
            throw new BadInputException(
                    "use_lowprecision_moment is true, but only Packtrain's own kernels round moments so that they keep moving, and this GPU is without them; build them in (docs/benchmarks/gpu.md) and leave use_fused_kernels out, or set use_lowprecision_moment to false.");
        }
    }

    AdamW(OptimizerOptions options, FlatMath math) {
        this.options = options;
        this.math = math;
    }

    /** Of both moments: fp32, or bf16 if the options say so. */
    public ScalarType momentDtype() {
        return options.lowPrecisionMoments() ? ScalarType.BFloat16 : ScalarType.Float;
    }

    /** Sum of squares of a flat fp32 or bf16 tensor, on whatever device it is; NaN or infinite if an element is. */
    public double squares(Tensor values) {
        // Gradients stay on the GPU where the update is made in host memory.
        FlatMath there =
                values.is_cpu() ? math : FlatMath.of(TensorFactory.like(values).device());
        return there.squares(values);
    }

    /**
     * What every gradient is multiplied by.
     *
     * @param gradNorm global norm; clipped to {@code max_grad_norm} unless that is 0 or less
     */
    public double clipFactor(double gradNorm) {
        return options.maxGradNorm() > 0 ? Math.min(1, options.maxGradNorm() / (gradNorm + CLIP_EPSILON)) : 1;
    }

    /**
     * One update of master weights and model weights from the gradients, which stay as they are.
     *
     * @param slice what is updated
     * @param ranges of the slice, each with its own numbers
     * @param step 1-based, counted over the whole run
     * @param learningRate of this step, before the scales of the ranges
     * @param gradScale see {@link #clipFactor}
     */
    public void update(AdamWSlice slice, List<UpdateRange> ranges, int step, double learningRate, double gradScale) {
        try (PointerScope scope = new PointerScope()) {
            for (UpdateRange range : ranges) {
                AdamWStep numbers = new AdamWStep(
                        step,
                        learningRate * range.learningRateScale(),
                        options.adamBeta1(),
                        options.adamBeta2(),
                        options.adamEpsilon(),
                        range.decays() ? options.weightDecay() : 0,
                        gradScale);
                math.update(slice.range(range.from(), range.to()), numbers);
            }
        }
    }
}
