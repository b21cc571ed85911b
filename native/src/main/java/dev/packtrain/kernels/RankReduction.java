package dev.packtrain.kernels;

/**
 * Elementwise sum or maximum of the buffers of several ranks, in their order: sums of fp32 and bf16 in fp32, rounded once
 * at the end. So the bits depend on the values and the order of the ranks only. Runs in the calling thread.
 */
public final class RankReduction {
    /** What is done with the elements. */
    public enum Operation {
        SUM,
        /** NaN if any is. */
        MAX
    }

    private final int nativeId;

    /**
     * With a variant of choice, for tests and measurements.
     *
     * @throws KernelUnavailableException if this machine cannot run it
     */
    public RankReduction(KernelVariant variant) {
        this.nativeId = variant.requireHere();
    }

    /** With the fastest variant that this machine can run. */
    public static RankReduction forThisMachine() {
        return new RankReduction(KernelVariant.fastestOn(CpuCapabilities.probe()));
    }

    /**
     * Reduces.
     *
     * @param from of the sources
     * @param to of the output: {@code from}, or FP32 for BF16
     * @param sources addresses of {@code [numElements]} each; 1 to 64 of them
     * @param output {@code [numElements]}; may be one of the sources, if of the same type
     * @throws IllegalArgumentException if the types do not fit, the number of sources is wrong or an address is 0
     */
    public void apply(
            Operation operation, ReductionType from, ReductionType to, long[] sources, long output, long numElements) {
        if (to != from && (from != ReductionType.BF16 || to != ReductionType.FP32)) {
            throw new IllegalArgumentException(
                    "A reduction of " + from + " cannot give " + to + "; give " + from + ".");
        }
        if (sources.length < 1 || sources.length > CollectiveCalls.MAX_SOURCES) {
            throw new IllegalArgumentException("A reduction was given " + sources.length + " buffers; give 1 to "
                    + CollectiveCalls.MAX_SOURCES + ".");
        }
        for (long source : sources) {
            Ranges.check("values to reduce", source, numElements);
        }
        Ranges.check("reduced values", output, numElements);
        CollectiveCalls.reduce(
                nativeId, operation == Operation.MAX, from.nativeId(), to.nativeId(), sources, output, numElements);
    }
}
