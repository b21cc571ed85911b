package dev.packtrain.kernels;

import java.util.Arrays;

/**
 * Weights of few bits in native memory: into codes, back into numbers, and matrix products that read the codes and turn a
 * tile at a time into numbers in the first cache.
 *
 * <p>A number is {@code round(value · scale)}, in fp32 and then in the {@link ElementType}; products multiply these very
 * numbers, add in fp32 and round once. The bits of all results depend neither on the variant nor on the number of threads.
 * Addresses need no alignment; buffers shorter than said cannot be noticed. All methods throw {@link
 * IllegalArgumentException} for address 0.
 */
public final class QuantizedRows {
    private final int variant;
    private final ElementType type;
    private final int numThreads;

    /**
     * For tests and measurements.
     *
     * @param variant instruction set
     * @param type of what is not a code
     * @param numThreads 0 for as many as libtorch has in the calling thread
     * @throws KernelUnavailableException if this machine cannot run it
     */
    public QuantizedRows(KernelVariant variant, ElementType type, int numThreads) {
        this.variant = variant.requireHere();
        this.type = type;
        this.numThreads = numThreads;
    }

    /** With the fastest variant that this machine can run, on libtorch's threads. */
    public static QuantizedRows forThisMachine(ElementType type) {
        return new QuantizedRows(KernelVariant.fastestOn(CpuCapabilities.probe()), type, 0);
    }

    /**
     * Quantises whole rows, of which the layout's columns are wanted.
     *
     * @param layout its columns, block and format; its rows do not matter
     * @param rows 0 or more
     * @param x {@code [rows, wholeCols]}
     * @param codes receives {@code [rows, rowBytes]}
     * @param scales receives fp32 {@code [rows, wholeBlocks]} of all columns; NaN for a block with a NaN
     */
    public void quantize(QuantizedLayout layout, long rows, long x, long codes, long scales) {
        Ranges.check("weights", x, Math.multiplyExact(rows, layout.wholeCols()));
        Ranges.check("bytes of codes", codes, Math.multiplyExact(rows, layout.rowBytes()));
        Ranges.check("scales", scales, Math.multiplyExact(rows, layout.wholeBlocks()));
        if (rows == 0) {
            return;
        }
        QuantizedFormat format = layout.format();
        float[] thresholds = new float[16];
        System.arraycopy(format.thresholds(), 0, thresholds, 0, 15);
        thresholds[15] = format.levels();
        long[] numbers = {
            variant,
            type.nativeId(),
            numThreads,
            rows,
            layout.wholeCols(),
            format.bits(),
            layout.block(),
            layout.firstCol(),
            layout.firstCol() + layout.cols(),
            x,
            codes,
            scales
        };
        QuantizedCalls.quantize(numbers, thresholds, format.order());
    }

    /**
     * Some of a part: rows {@code firstRow} to {@code endRow − 1}, of which columns {@code firstCol} to {@code endCol − 1}.
     *
     * @param firstCol even
     */
    public record Range(long firstRow, long endRow, long firstCol, long endCol) {
        /** All of it. */
        public static Range all(QuantizedLayout layout) {
            return new Range(0, layout.rows(), 0, layout.cols());
        }

        private void requireIn(QuantizedLayout layout) {
            boolean rows = firstRow >= 0 && firstRow <= endRow && endRow <= layout.rows();
            boolean cols = firstCol >= 0 && firstCol <= endCol && endCol <= layout.cols() && firstCol % 2 == 0;
            if (!rows || !cols) {
                throw new IllegalArgumentException(
                        "Rows %d to %d and columns %d to %d were asked for, of %d rows and %d columns; wanted some of them, from an even column on."
                                .formatted(firstRow, endRow, firstCol, endCol, layout.rows(), layout.cols()));
            }
        }

        private long elements() {
            return Math.multiplyExact(endRow - firstRow, endCol - firstCol);
        }
    }

    /**
     * Makes numbers of codes.
     *
     * @param bytes of the part
     * @param y receives the range, contiguous
     */
    public void dequantize(QuantizedLayout layout, long bytes, Range range, long y) {
        range.requireIn(layout);
        Ranges.check("numbers", y, range.elements());
        if (range.elements() > 0) {
            long[] numbers =
                    numbers(layout, bytes, range.firstRow(), range.endRow(), range.firstCol(), range.endCol(), y);
            QuantizedCalls.dequantize(numbers, values(layout));
        }
    }

    /**
     * {@code y = x·Wᵀ}.
     *
     * @param bytes of the part W
     * @param x {@code [numTokens, cols]}
     * @param y receives {@code [numTokens, rows]}
     */
    public void product(QuantizedLayout layout, long bytes, long numTokens, long x, long y) {
        product(layout, bytes, numTokens, x, y, false);
    }

    /**
     * {@code y = x·W}.
     *
     * @param bytes of the part W
     * @param x {@code [numTokens, rows]}
     * @param y receives {@code [numTokens, cols]}
     */
    public void transposedProduct(QuantizedLayout layout, long bytes, long numTokens, long x, long y) {
        product(layout, bytes, numTokens, x, y, true);
    }

    private void product(QuantizedLayout layout, long bytes, long numTokens, long x, long y, boolean transposed) {
        Ranges.check("inputs", x, Math.multiplyExact(numTokens, transposed ? layout.rows() : layout.cols()));
        Ranges.check("outputs", y, Math.multiplyExact(numTokens, transposed ? layout.cols() : layout.rows()));
        if (numTokens > 0) {
            QuantizedCalls.product(numbers(layout, bytes, numTokens, x, y), values(layout), transposed);
        }
    }

    private static float[] values(QuantizedLayout layout) {
        float[] values = new float[16 + 256];
        System.arraycopy(layout.format().numbers(), 0, values, 0, 16);
        System.arraycopy(ScaleCodes.shared(), 0, values, 16, 256);
        return values;
    }

    private long[] numbers(QuantizedLayout layout, long bytes, long... others) {
        Ranges.check("bytes of a quantised matrix", bytes, layout.numBytes());
        boolean twoLevels = layout.secondBlock() > 0;
        long first = layout.firstRow() * layout.wholeBlocks() + layout.firstBlock();
        long[] matrix = {
            variant,
            type.nativeId(),
            numThreads,
            layout.rows(),
            layout.cols(),
            layout.format().bits(),
            layout.block(),
            layout.skipped(),
            layout.secondBlock(),
            twoLevels ? first - layout.firstSecond() * layout.secondBlock() : 0,
            layout.wholeBlocks(),
            layout.numSeconds(),
            bytes,
            bytes + layout.scalesAt(),
            twoLevels ? bytes + layout.secondsAt() : 0
        };
        long[] numbers = Arrays.copyOf(matrix, matrix.length + others.length);
        System.arraycopy(others, 0, numbers, matrix.length, others.length);
        return numbers;
    }
}
