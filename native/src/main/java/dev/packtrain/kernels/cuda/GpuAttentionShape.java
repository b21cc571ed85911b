package dev.packtrain.kernels.cuda;

import java.util.List;

/**
 * What attention is computed of.
 *
 * @param numHeads query heads
 * @param numGroups key/value heads; divides {@code numHeads}
 * @param headDim width of a head: 32, 64, 96 or 128
 * @param element type of inputs and outputs
 * @param scale multiplies the scores; above 0
 */
public record GpuAttentionShape(int numHeads, int numGroups, int headDim, Element element, double scale) {
    private static final List<Integer> HEAD_DIMS = List.of(32, 64, 96, 128);

    /** Types of 16 bits; sums are kept in fp32. */
    public enum Element {
        BF16("bf16"),
        FP16("fp16");

        private final String suffix;

        Element(String suffix) {
            this.suffix = suffix;
        }

        String suffix() {
            return suffix;
        }
    }

    /** Checks what the kernels can compute. */
    public GpuAttentionShape {
        if (!HEAD_DIMS.contains(headDim)) {
            throw new IllegalArgumentException(
                    "The GPU kernels know heads of " + HEAD_DIMS + " and were given heads of " + headDim
                            + "; set use_flash_attention and flash_mask to false for this model.");
        }
        if (numGroups < 1 || numHeads < 1 || numHeads % numGroups != 0) {
            throw new IllegalArgumentException("Attention was asked for with " + numHeads + " query heads and "
                    + numGroups + " key/value heads; the second must divide the first.");
        }
        if (!(scale > 0) || Double.isInfinite(scale)) {
            throw new IllegalArgumentException(
                    "Scores are to be multiplied by " + scale + "; give a finite number above 0, usually 1/√headDim.");
        }
    }
}
