package dev.packtrain.training.optim;

import dev.packtrain.training.options.OptimizerOptions;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) on flat fp32 buffers, step for step as {@code torch.optim.AdamW}:
 *
 * <pre>
 *   θ ← θ · (1 − lr·λ)                                  (decayed part only)
 *   m ← m + (1 − β₁)(g − m)
 *   v ← β₂·v + (1 − β₂)·g²
 *   θ ← θ − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * </pre>
 */
public final class AdamW implements AutoCloseable {
    /** Elements handled at a time on a CPU, so that the operands of one formula stay in the cache between its operations. */
    private static final long CPU_BLOCK = 1L << 18;

    private final FlatParameters parameters;
    private final OptimizerOptions options;
    private final Tensor expAvg;
    private final Tensor expAvgSq;
    private final Tensor denominator;
    private final long block;

    /** With zero moments. */
    public AdamW(FlatParameters parameters, OptimizerOptions options) {
        this.parameters = parameters;
        this.options = options;
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor master = parameters.masterWeights();
            expAvg = torch.zeros_like(master).retainReference();
            expAvgSq = torch.zeros_like(master).retainReference();
            block = master.is_cpu() ? CPU_BLOCK : Math.max(1, parameters.numElements());
            denominator = torch.zeros(new long[] {Math.min(block, parameters.numElements())}, master.options())
                    .retainReference();
        }
    }

    /** First moments, flat fp32. */
    public Tensor expAvg() {
        return expAvg;
    }

    /** Second moments, flat fp32. */
    public Tensor expAvgSq() {
        return expAvgSq;
    }

    /**
     * One update of the master weights from the main gradients. The caller publishes them.
     *
     * @param step 1-based, counted over the whole run
     * @param learningRate of this step
     */
    public void step(int step, double learningRate) {
        long decayed = parameters.numDecayed();
        update(0, decayed, step, learningRate, options.weightDecay());
        update(decayed, parameters.numElements(), step, learningRate, 0);
    }

    private void update(long from, long to, int step, double learningRate, double weightDecay) {
        for (long start = from; start < to; start += block) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                updateBlock(start, Math.min(block, to - start), step, learningRate, weightDecay);
            }
        }
    }

    private void updateBlock(long start, long length, int step, double learningRate, double weightDecay) {
        Tensor weight = parameters.masterWeights().narrow(0, start, length);
        Tensor grad = parameters.mainGrads().narrow(0, start, length);
        Tensor mean = expAvg.narrow(0, start, length);
        Tensor variance = expAvgSq.narrow(0, start, length);
        Tensor root = denominator.narrow(0, 0, length);
        double correction1 = 1 - Math.pow(options.adamBeta1(), step);
        double correction2 = 1 - Math.pow(options.adamBeta2(), step);
        if (weightDecay != 0) {
            weight.mul_(new Scalar(1 - learningRate * weightDecay));
        }
        mean.lerp_(grad, new Scalar(1 - options.adamBeta1()));
        variance.mul_(new Scalar(options.adamBeta2())).addcmul_(grad, grad, new Scalar(1 - options.adamBeta2()));
        torch.sqrt_out(root, variance);
        root.div_(new Scalar(Math.sqrt(correction2))).add_(new Scalar(options.adamEpsilon()));
        weight.addcdiv_(mean, root, new Scalar(-learningRate / correction1));
    }

    @Override
    public void close() {
        denominator.close();
        expAvgSq.close();
        expAvg.close();
    }
}
