package dev.packtrain.kernels;

/**
 * The numbers of an attention layer.
 *
 * @param numHeads heads of q, of the output and of their gradients
 * @param numKvHeads heads of k, v and their gradients; divides {@code numHeads}, and head h reads kv head
 *     {@code h / (numHeads / numKvHeads)}
 * @param headDim 32 to 256, a multiple of 16
 * @param scale what a score is multiplied by, usually {@code 1 / √headDim}; above 0
 * @param type of q, k, v, the output and their gradients; sums are fp32
 */
public record AttentionShape(int numHeads, int numKvHeads, int headDim, double scale, ElementType type) {
    private static final int STEP = 16;
    private static final int SMALLEST = 32;
    /** Width of the widest head that the kernels take. */
    public static final int LARGEST = 256;

    /** Checks the numbers. */
    public AttentionShape {
        if (numHeads < 1 || numKvHeads < 1 || numHeads % numKvHeads != 0) {
            throw new IllegalArgumentException("Attention was given " + numHeads + " heads and " + numKvHeads
                    + " kv heads; give at least one of each, heads a multiple of kv heads.");
        }
        if (!supports(headDim)) {
            throw new IllegalArgumentException("Attention was given heads of size " + headDim
                    + "; the kernels take multiples of 16 from 32 to 256.");
        }
        if (!(scale > 0) || !(scale <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("Attention was given the softmax scale " + scale
                    + "; give a positive number, usually 1 / √headDim.");
        }
    }

    /** Whether the kernels take heads of this size. */
    public static boolean supports(int headDim) {
        return headDim >= SMALLEST && headDim <= LARGEST && headDim % STEP == 0;
    }

    /** Floating-point operations that the forward pass cannot do without: 2 products of headDim for a visible score. */
    public double forwardFlops(long numVisible) {
        return 4.0 * headDim * numHeads * numVisible;
    }

    /** Floating-point operations that the backward pass cannot do without: 5 products of headDim for a visible score. */
    public double backwardFlops(long numVisible) {
        return 10.0 * headDim * numHeads * numVisible;
    }
}
