package dev.packtrain.kernels;

/**
 * Softmax attention with a FlashMask on the CPU, forward and backward, in memory linear in the number of tokens: {@code o =
 * softmax(scale · q kᵀ + mask) v}. Dao et al. 2022 (arXiv 2205.14135) for the tiles, Wang et al. 2024 (arXiv 2410.01359)
 * for the mask. Tiles that the mask hides are never visited; tiles that it does not touch carry no mask.
 *
 * <p>Sums and exponentials are fp32 and outputs are rounded once; with {@link AttentionVariant#AVX512_BF16} and {@link
 * AttentionVariant#AMX} probabilities and their gradients are rounded to bf16 for the products of bf16 tensors, and
 * subnormal numbers count as zero there. The passes run on libtorch's {@link KernelThreads threads} and give the same bits
 * in every run and with any number of them. A hidden key does not contribute, but a NaN or an infinity in its k or v may
 * reach the other rows of its tile. Stateless.
 */
public final class FlashMaskAttention {
    private final AttentionVariant variant;
    private final int nativeId;
    private final int numThreads;

    /**
     * With a variant and a number of threads of choice, for tests and measurements.
     *
     * @param numThreads 0 for as many as libtorch uses in the calling thread
     * @throws KernelUnavailableException if this machine cannot run the variant
     */
    public FlashMaskAttention(AttentionVariant variant, int numThreads) {
        if (numThreads < 0) {
            throw new IllegalArgumentException("Attention was given " + numThreads
                    + " threads; give 1 or more, or 0 for as many as libtorch uses.");
        }
        this.variant = variant;
        this.nativeId = variant.requireHere();
        this.numThreads = numThreads;
    }

    /** With the fastest variant that this machine can run, on libtorch's threads. */
    public static FlashMaskAttention forThisMachine() {
        return new FlashMaskAttention(AttentionVariant.fastestOn(CpuCapabilities.probe()), 0);
    }

    /** The same, with the variant that computes elements of one type. */
    public static FlashMaskAttention forThisMachine(ElementType type) {
        return new FlashMaskAttention(
                AttentionVariant.fastestOn(CpuCapabilities.probe()).of(type), 0);
    }

    /** The variant in use. */
    public AttentionVariant variant() {
        return variant;
    }

    /** Takes a mask to native memory, for all passes with it; the caller closes it. */
    public PreparedMask prepare(FlashMask mask) {
        return new PreparedMask(mask);
    }

    /**
     * Writes the output and the log-sum-exps.
     *
     * @throws IllegalArgumentException if an address is 0 or a bf16 stride odd. Memory that is too short, or outputs that
     *     overlap inputs, cannot be noticed: the result is undefined
     */
    public void forward(PreparedMask mask, AttentionShape shape, AttentionTensors tensors) {
        tensors.require(shape.type());
        long[] longs = new long[AttentionTensors.NUM_LONGS];
        tensors.putInto(longs);
        mask.run(plan ->
                AttentionCalls.forward(nativeId, isBf16(shape), plan, numbersOf(shape), (float) shape.scale(), longs));
    }

    /**
     * Writes the gradients of q, k and v, given that of the output and what the forward pass wrote.
     *
     * @throws IllegalArgumentException as for {@link #forward}
     */
    public void backward(
            PreparedMask mask, AttentionShape shape, AttentionTensors tensors, AttentionTensors.Gradients gradients) {
        tensors.require(shape.type());
        gradients.require(shape.type());
        long[] longs = new long[AttentionTensors.NUM_LONGS + AttentionTensors.Gradients.NUM_LONGS];
        tensors.putInto(longs);
        gradients.putInto(longs, AttentionTensors.NUM_LONGS);
        mask.run(plan ->
                AttentionCalls.backward(nativeId, isBf16(shape), plan, numbersOf(shape), (float) shape.scale(), longs));
    }

    private static boolean isBf16(AttentionShape shape) {
        return shape.type() == ElementType.BF16;
    }

    private int[] numbersOf(AttentionShape shape) {
        return new int[] {shape.numHeads(), shape.numKvHeads(), shape.headDim(), numThreads};
    }
}
