package dev.packtrain.kernels;

/**
 * Sum of squares of a flat fp32 buffer, for gradient norms, always the same bits for the same values.
 *
 * <p>16 fp64 sums take the elements in turn (element i goes to sum i mod 16; the square of an fp32 number is exact in
 * fp64) and are added as a binary tree at the end. The relative error is below {@code numElements / 16 · 2⁻⁵³}. The sum
 * of a split range may differ in the last bits from that of the whole: split at the same places to get the same bits.
 */
public final class SquaredNorm {
    private final int nativeId;

    /**
     * With a variant of choice, for tests and measurements.
     *
     * @throws KernelUnavailableException if this machine cannot run it
     */
    public SquaredNorm(KernelVariant variant) {
        this.nativeId = variant.requireHere();
    }

    /** With the fastest variant that this machine can run. */
    public static SquaredNorm forThisMachine() {
        return new SquaredNorm(KernelVariant.fastestOn(CpuCapabilities.probe()));
    }

    /**
     * Adds the squares, in the calling thread.
     *
     * @param address fp32 {@code [numElements]}
     * @param numElements 0 or more
     * @return the sum; NaN or infinite if a value is
     * @throws IllegalArgumentException if the address is 0 and there are elements, or {@code numElements} is negative
     */
    public double of(long address, long numElements) {
        Ranges.check("values", address, numElements);
        return NativeCalls.squaredNorm(nativeId, address, numElements);
    }
}
