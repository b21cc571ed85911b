package dev.packtrain.kernels.cuda;

import java.util.List;

/**
 * What attention is computed of.
 *
 * @param numHeads query heads
 * @param numGroups key/value heads; divides {@code numHeads}
 * @param headDim width of a head: a multiple of 16 from 32 to 256
 * @param element type of inputs and outputs
 * @param scale multiplies the scores; above 0
 */
public record GpuAttentionShape(int numHeads, int numGroups, int headDim, Element element, double scale) {
    private static final int NARROWEST = 32;
    /** Of the kernels, ascending; heads of other widths take the next one's, which reads the missing numbers as zeros. */
    private static final List<Integer> KERNEL_DIMS = List.of(32, 64, 96, 128, 192, 256);
    /** Above this, accumulators do not fit into registers unless two blocks of threads share a block of rows. */
    private static final int WIDEST_UNDIVIDED = 128;

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
        int widest = KERNEL_DIMS.get(KERNEL_DIMS.size() - 1);
        if (headDim < NARROWEST || headDim > widest || headDim % 16 != 0) {
            throw new IllegalArgumentException(
                    "The GPU kernels take heads of multiples of 16 from " + NARROWEST + " to " + widest
                            + " and were given heads of " + headDim
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

    /** Width of the heads that the kernel for heads of {@code headDim} is made for. */
    static int kernelDim(int headDim) {
        return KERNEL_DIMS.stream().filter(dim -> dim >= headDim).findFirst().orElseThrow();
    }

    /** Blocks of threads that share a block of rows, and a block of keys going back: FlashMaskShape::kParts. */
    static int parts(int headDim) {
        return headDim > WIDEST_UNDIVIDED ? 2 : 1;
    }
}
