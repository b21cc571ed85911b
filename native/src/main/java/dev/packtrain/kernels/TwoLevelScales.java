package dev.packtrain.kernels;

/**
 * Scales of two levels (double quantisation, Dettmers et al. 2023, arXiv 2305.14314, section 3): what scales differ from
 * their mean by is quantised in turn, to 8 bits ({@link ScaleCodes}), in blocks that run through the whole matrix row by
 * row. One byte a scale and 4 a block, where fp32 scales have 4 each.
 */
public final class TwoLevelScales {
    private final int block;
    private final float mean;
    private final float[] seconds;
    private final byte[] codes;

    /**
     * Quantises.
     *
     * @param scales of the whole matrix, row by row
     * @param block scales that share one of the second level
     */
    public TwoLevelScales(float[] scales, int block) {
        this.block = block;
        mean = mean(scales);
        seconds = new float[(scales.length + block - 1) / block];
        codes = new byte[scales.length];
        for (int b = 0; b < seconds.length; b++) {
            int from = b * block;
            int to = Math.min(scales.length, from + block);
            float largest = 0;
            for (int i = from; i < to; i++) {
                largest = Math.max(largest, Math.abs(scales[i] - mean));
            }
            seconds[b] = largest;
            float inverse = largest > 0 ? 1 / largest : 0;
            for (int i = from; i < to; i++) {
                codes[i] = (byte) ScaleCodes.nearest((scales[i] - mean) * inverse);
            }
        }
    }

    private static float mean(float[] scales) {
        double sum = 0;
        for (float scale : scales) {
            sum += scale;
        }
        return (float) (sum / scales.length);
    }

    /** The codes of a part's scales, {@code [rows, blocks]}. */
    public byte[] codes(QuantizedLayout part) {
        int blocks = Math.toIntExact(part.blocks());
        byte[] some = new byte[Math.toIntExact(part.rows() * blocks)];
        for (int row = 0; row < part.rows(); row++) {
            long from = (part.firstRow() + row) * part.wholeBlocks() + part.firstBlock();
            System.arraycopy(codes, Math.toIntExact(from), some, row * blocks, blocks);
        }
        return some;
    }

    /** The second level of a part, then the mean. */
    public float[] seconds(QuantizedLayout part) {
        if (part.secondBlock() != block) {
            throw new IllegalArgumentException("Scales in blocks of %d were asked for, of a part in blocks of %d."
                    .formatted(block, part.secondBlock()));
        }
        int count = Math.toIntExact(part.numSeconds());
        float[] some = new float[count + 1];
        System.arraycopy(seconds, Math.toIntExact(part.firstSecond()), some, 0, count);
        some[count] = mean;
        return some;
    }
}
