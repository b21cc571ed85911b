package dev.packtrain.kernels;

/**
 * Where a quantised matrix, or the part of it that a rank holds, lies in one run of bytes: codes row by row (two of 4 bits
 * a byte, the even column's in the upper half), then scales, then what scales of two levels share. Blocks are counted from
 * the first column of the <em>whole</em> matrix, and what scales share from its first row: so every part has the numbers
 * that the whole has. Each of the three begins at a multiple of {@value #ALIGNMENT} bytes.
 *
 * <p>Scales are fp32 {@code [rows, blocks]}. Of two levels (QLoRA's double quantisation) they are codes of {@link
 * ScaleCodes}, one byte each; scale i of the whole matrix, row by row, is {@code value(code) · seconds[i / secondBlock] +
 * mean}, and the part has those fp32 {@code seconds} that it needs, then the mean.
 *
 * @param format of the codes
 * @param block columns that share a scale
 * @param secondBlock scales that share one of the second level; 0: there is one level
 * @param wholeCols columns of the whole matrix
 * @param firstRow of the part
 * @param rows of the part
 * @param firstCol of the part
 * @param cols of the part
 */
public record QuantizedLayout(
        QuantizedFormat format,
        long block,
        long secondBlock,
        long wholeCols,
        long firstRow,
        long rows,
        long firstCol,
        long cols) {
    private static final int ALIGNMENT = 64;

    public QuantizedLayout {
        boolean inside = firstRow >= 0 && rows >= 1 && firstCol >= 0 && cols >= 1 && firstCol + cols <= wholeCols;
        if (block < 1 || secondBlock < 0 || !inside) {
            throw new IllegalArgumentException(
                    "A quantised part of %d rows from %d and %d columns from %d, of %d columns in blocks of %d and scales in blocks of %d, is none."
                            .formatted(rows, firstRow, cols, firstCol, wholeCols, block, secondBlock));
        }
    }

    /** Scales of a row of the whole matrix. */
    public long wholeBlocks() {
        return ceil(wholeCols, block);
    }

    /** The block of the whole row that the part's first column is in. */
    public long firstBlock() {
        return firstCol / block;
    }

    /** Scales of a row of the part; the first and the last block may be cut. */
    public long blocks() {
        return ceil(skipped() + cols, block);
    }

    /** Columns of the first block that lie before the part. */
    long skipped() {
        return firstCol % block;
    }

    /** Bytes of a row's codes. */
    public long rowBytes() {
        return format.bits() == 4 ? ceil(cols, 2) : cols;
    }

    /** The second-level scale that the part's first one belongs to. */
    public long firstSecond() {
        return (firstRow * wholeBlocks() + firstBlock()) / secondBlock;
    }

    /** Second-level scales that the part needs. */
    public long numSeconds() {
        if (secondBlock == 0) {
            return 0;
        }
        long last = (firstRow + rows - 1) * wholeBlocks() + firstBlock() + blocks() - 1;
        return last / secondBlock - firstSecond() + 1;
    }

    /** Byte at which the scales begin. */
    public long scalesAt() {
        return aligned(rows * rowBytes());
    }

    /** Byte at which the second level begins, where there is one. */
    public long secondsAt() {
        return scalesAt() + aligned(rows * blocks() * (secondBlock == 0 ? Float.BYTES : 1));
    }

    /** All bytes. */
    public long numBytes() {
        return secondsAt() + (secondBlock == 0 ? 0 : aligned((numSeconds() + 1) * Float.BYTES));
    }

    private static long aligned(long bytes) {
        return ceil(bytes, ALIGNMENT) * ALIGNMENT;
    }

    private static long ceil(long number, long unit) {
        return (number + unit - 1) / unit;
    }
}
