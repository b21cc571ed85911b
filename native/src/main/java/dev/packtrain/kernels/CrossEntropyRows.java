package dev.packtrain.kernels;

/**
 * Softmax, cross-entropy and its gradient over rows of logits: each row is read from memory once, and its gradient takes
 * its place.
 *
 * <p>For a row {@code x} with target {@code t}: {@code loss = log Σ exp(xᵢ − max x) − (x_t − max x)} in nats, and the
 * gradient {@code (softmax(x) − onehot(t)) · scale}. Softmax is computed in fp32 (relative error below 2·10⁻⁶), sums in
 * fp64. Logits more than 87 below the largest count as minus infinity. A NaN or plus infinity in a row makes its loss
 * NaN.
 *
 * <p>Runs on the kernels' threads ({@link KernelThreads}); neither their number nor the variant changes a bit.
 */
public final class CrossEntropyRows {
    private final int nativeId;

    /**
     * With a variant of choice, for tests and measurements.
     *
     * @throws KernelUnavailableException if this machine cannot run it
     */
    public CrossEntropyRows(KernelVariant variant) {
        this.nativeId = variant.requireHere();
    }

    /** With the fastest variant that this machine can run. */
    public static CrossEntropyRows forThisMachine() {
        return new CrossEntropyRows(KernelVariant.fastestOn(CpuCapabilities.probe()));
    }

    /**
     * The loss alone.
     *
     * @param format of the logits
     * @param logits address of {@code [targets.length, vocabSize]}, not changed
     * @param vocabSize 1 or more
     * @param targets one a row, 0 or more and less than {@code vocabSize}
     * @return the sum over the rows, in nats
     * @throws IllegalArgumentException if a target or the address cannot be right. Logits shorter than said cannot be
     *     noticed: the result is undefined
     */
    public double loss(ElementType format, long logits, long vocabSize, int[] targets) {
        return run(format, logits, vocabSize, targets, false, 0);
    }

    /**
     * The loss, and the gradient in place of the logits.
     *
     * @param format of the logits and the gradient
     * @param logits address of {@code [targets.length, vocabSize]}; receives the gradient
     * @param vocabSize 1 or more
     * @param targets one a row, 0 or more and less than {@code vocabSize}
     * @param scale the gradient is multiplied by it
     * @return the sum over the rows, in nats, not scaled
     * @throws IllegalArgumentException as {@link #loss}
     */
    public double lossAndGradient(ElementType format, long logits, long vocabSize, int[] targets, double scale) {
        return run(format, logits, vocabSize, targets, true, (float) scale);
    }

    private double run(
            ElementType format, long logits, long vocabSize, int[] targets, boolean withGradient, float scale) {
        Ranges.check("logits", logits, Math.multiplyExact(vocabSize, targets.length));
        for (int row = 0; row < targets.length; row++) {
            if (targets[row] < 0 || targets[row] >= vocabSize) {
                throw new IllegalArgumentException(
                        "Target %d of row %d is outside the vocabulary of %d.".formatted(targets[row], row, vocabSize));
            }
        }
        double[] results = new double[2 * targets.length];
        CrossEntropyCalls.rows(nativeId, format.nativeId(), logits, vocabSize, targets, results, withGradient, scale);
        double nats = 0;
        for (int row = 0; row < targets.length; row++) {
            nats += StrictMath.log(results[row]) - results[targets.length + row];
        }
        return nats;
    }
}
