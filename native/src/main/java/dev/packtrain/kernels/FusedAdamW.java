package dev.packtrain.kernels;

/**
 * AdamW over flat buffers: one pass over memory where tensor operations need about ten.
 *
 * <p>For each element, every operation rounded to fp32 on its own (no fused multiply-add, so all variants and all
 * machines give the same bits; the order of operations is that of PyTorch's single-tensor AdamW):
 *
 * <pre>
 * g = grad · gradScale
 * m = m + (1 − β1) · (g − m)
 * v = β2 · v + (1 − β2) · g²
 * p = p · (1 − lr · decay) − lr / (1 − β1^t) · m / (√v / √(1 − β2^t) + ε)
 * </pre>
 *
 * <p>The gradient is read only. A NaN in a gradient goes to the element's moments and parameter. Runs on the kernels'
 * threads ({@link KernelThreads}); neither their number nor splitting a range changes a bit. Moments in bf16 are rounded
 * at random, by a hash of the element's number and the step: a running mean then moves by the right amount on average,
 * where rounding to nearest would leave it standing (with β2 = 0.999 for ever).
 */
public final class FusedAdamW {
    private final KernelVariant variant;
    private final int nativeId;

    /**
     * With a variant of choice, for tests and measurements.
     *
     * @throws KernelUnavailableException if this machine cannot run it
     */
    public FusedAdamW(KernelVariant variant) {
        this.variant = variant;
        this.nativeId = variant.requireHere();
    }

    /** With the fastest variant that this machine can run. */
    public static FusedAdamW forThisMachine() {
        return new FusedAdamW(KernelVariant.fastestOn(CpuCapabilities.probe()));
    }

    /** The variant in use. */
    public KernelVariant variant() {
        return variant;
    }

    /**
     * One step of the elements {@code from} to {@code to − 1}, in place.
     *
     * @param buffers of more than {@code to − 1} elements
     * @param from 0 or more
     * @param to {@code from} or more
     * @param hyper the step's numbers
     * @throws IllegalArgumentException if an address that is needed is 0, or the range is none. Buffers that are too
     *     short or overlap cannot be noticed: the result is undefined
     */
    public void step(AdamWBuffers buffers, long from, long to, AdamWStep hyper) {
        if (from < 0 || from > to) {
            throw new IllegalArgumentException(
                    "AdamW was given the elements " + from + " to " + to + "; give 0 <= from <= to.");
        }
        Ranges.check("params", buffers.params(), to);
        Ranges.check("gradients", buffers.grads(), to);
        Ranges.check("expAvg", buffers.expAvg(), to);
        Ranges.check("expAvgSq", buffers.expAvgSq(), to);
        OptimizerCalls.adamW(
                nativeId,
                buffers.addresses(),
                buffers.gradFormat().nativeId(),
                buffers.momentFormat().nativeId(),
                from,
                to,
                hyper.toConstants(),
                hyper.roundingSeed());
    }
}
