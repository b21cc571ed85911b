package dev.packtrain.kernels;

/**
 * AdamW over flat fp32 buffers: one pass over memory where tensor operations need about ten.
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
 * <p>The gradient is read only. A NaN in a gradient goes to the element's moments and parameter. Stateless: threads may
 * call it at the same time on ranges that do not overlap, and splitting a range does not change a bit.
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
     * One step, in place, in the calling thread.
     *
     * @param paramAddress fp32 {@code [numElements]}: parameters, or the master weights
     * @param gradAddress fp32 {@code [numElements]}: gradients, not changed
     * @param expAvgAddress fp32 {@code [numElements]}: first moment
     * @param expAvgSqAddress fp32 {@code [numElements]}: second moment
     * @param bf16OutAddress bf16 {@code [numElements]}: receives the new parameters, rounded to nearest even, NaN as
     *     0x7FC0; 0 for none
     * @param numElements 0 or more
     * @param hyper the step's numbers
     * @throws IllegalArgumentException if a needed address is 0 or {@code numElements} is negative. Buffers that are
     *     shorter than {@code numElements} or overlap cannot be noticed: the result is undefined
     */
    public void step(
            long paramAddress,
            long gradAddress,
            long expAvgAddress,
            long expAvgSqAddress,
            long bf16OutAddress,
            long numElements,
            AdamWStep hyper) {
        Ranges.check("params", paramAddress, numElements);
        Ranges.check("gradients", gradAddress, numElements);
        Ranges.check("expAvg", expAvgAddress, numElements);
        Ranges.check("expAvgSq", expAvgSqAddress, numElements);
        long[] addresses = {paramAddress, gradAddress, expAvgAddress, expAvgSqAddress, bf16OutAddress};
        NativeCalls.adamW(nativeId, addresses, numElements, hyper.toConstants());
    }
}
