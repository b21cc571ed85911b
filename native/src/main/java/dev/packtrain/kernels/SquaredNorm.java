package dev.packtrain.kernels;

/**
 * Sum of squares of a flat buffer, for gradient norms, always the same bits for the same values.
 *
 * <p>16 fp64 sums take the elements in turn (element i goes to sum i mod 16; the square of an fp32 number is exact in
 * fp64) and are added as a binary tree at the end of each 2²⁰ elements; these sums are added in order. The relative
 * error is below {@code 2⁻³⁷} and {@code numElements / 2²⁰ · 2⁻⁵³} together. Runs on the kernels' threads
 * ({@link KernelThreads}), whose number changes no bit.
 */
public final class SquaredNorm {
    private static final long BLOCK = 1L << 20;

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
     * Adds the squares.
     *
     * @param format of the values
     * @param address {@code [numElements]}
     * @param numElements 0 or more
     * @return the sum; NaN or infinite if a value is
     * @throws IllegalArgumentException if the address is 0 and there are elements, or {@code numElements} is negative
     */
    public double of(ElementType format, long address, long numElements) {
        Ranges.check("values", address, numElements);
        double[] sums = new double[Math.toIntExact((numElements + BLOCK - 1) / BLOCK)];
        OptimizerCalls.squaredNorms(nativeId, format.nativeId(), address, numElements, BLOCK, sums);
        double sum = 0;
        for (double block : sums) {
            sum += block;
        }
        return sum;
    }
}
