package dev.packtrain.kernels;

import java.util.Arrays;

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

    /**
     * What a part of the vocabulary says of each row.
     *
     * @param largest {@code max xᵢ} over the part, a row each; NaN does not count
     * @param sums {@code Σ exp(xᵢ − largest)} over the part; NaN if a logit is NaN
     * @param targetLogits {@code x_t}; 0 where another part holds the target
     */
    public record PartStatistics(float[] largest, double[] sums, float[] targetLogits) {}

    /**
     * The statistics of a part of the vocabulary, where others hold the rest.
     *
     * @param format of the logits
     * @param logits address of {@code [targets.length, length]}, not changed
     * @param length of the part, 1 or more
     * @param targets one a row, 0 or more and less than {@code length}, or −1 where another part holds it
     * @throws IllegalArgumentException as {@link #loss}
     */
    public PartStatistics statistics(ElementType format, long logits, long length, int[] targets) {
        checkPart(logits, length, targets);
        int numRows = targets.length;
        float[] maxima = new float[2 * numRows];
        double[] sums = new double[numRows];
        CrossEntropyCalls.part(nativeId, format.nativeId(), logits, length, targets, maxima, sums, false, 0);
        return new PartStatistics(
                Arrays.copyOf(maxima, numRows), sums, Arrays.copyOfRange(maxima, numRows, 2 * numRows));
    }

    /**
     * The gradient in place of the logits of a part of the vocabulary: {@code (exp(xᵢ − largest) / sum − onehot(t)) · scale}.
     *
     * @param logits address of {@code [targets.length, length]}; receives the gradient
     * @param targets as for {@link #statistics}
     * @param largest {@code max xᵢ} over all parts, a row each
     * @param sums {@code Σ exp(xᵢ − largest)} over all parts
     * @throws IllegalArgumentException as {@link #loss}
     */
    public void partGradient(
            ElementType format, long logits, long length, int[] targets, float[] largest, double[] sums, double scale) {
        checkPart(logits, length, targets);
        if (largest.length != targets.length || sums.length != targets.length) {
            throw new IllegalArgumentException("%d rows have %d maxima and %d sums, wanted one each."
                    .formatted(targets.length, largest.length, sums.length));
        }
        float[] maxima = Arrays.copyOf(largest, 2 * largest.length);
        CrossEntropyCalls.part(nativeId, format.nativeId(), logits, length, targets, maxima, sums, true, (float) scale);
    }

    private static void checkPart(long logits, long length, int[] targets) {
        Ranges.check("logits", logits, Math.multiplyExact(length, targets.length));
        for (int row = 0; row < targets.length; row++) {
            if (targets[row] < -1 || targets[row] >= length) {
                throw new IllegalArgumentException(
                        "Target %d of row %d is outside the part of %d.".formatted(targets[row], row, length));
            }
        }
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
