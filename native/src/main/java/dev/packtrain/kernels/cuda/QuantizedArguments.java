package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.QuantizedLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The one parameter of the kernels of quantised matrices, struct QuantizedArgs of quantized_args.h.
 *
 * @param values device address of {@link QuantizedCuda#values}
 * @param bytes device address of the matrix, a multiple of 8
 * @param x device address, a multiple of 16; 0 where there is none
 * @param y device address, a multiple of 16
 * @param numTokens of a product; 0 where there is none
 */
record QuantizedArguments(QuantizedLayout layout, long values, long bytes, long x, long y, int numTokens) {
    static final int NUM_BYTES = 8 * 8 + 10 * 4;
    private static final int SIDE_BY_SIDE = 8;

    QuantizedArguments {
        boolean addresses = bytes % 8 == 0 && x % 16 == 0 && y % 16 == 0;
        boolean fits = layout.rows() <= Integer.MAX_VALUE && layout.wholeCols() <= Integer.MAX_VALUE;
        if (!goesByEight(layout) || !addresses || !fits) {
            throw new IllegalArgumentException(
                    "The GPU kernels were given a quantised part of %d columns from %d in blocks of %d, at %#x, with operands at %#x and %#x; wanted multiples of 8 columns, and addresses of 8 and 16."
                            .formatted(layout.cols(), layout.firstCol(), layout.block(), bytes, x, y));
        }
    }

    static boolean goesByEight(QuantizedLayout layout) {
        return layout.cols() % SIDE_BY_SIDE == 0
                && layout.block() % SIDE_BY_SIDE == 0
                && layout.firstCol() % SIDE_BY_SIDE == 0;
    }

    /** In the byte order of this machine, direct, position 0. */
    ByteBuffer toBytes() {
        boolean twoLevels = layout.secondBlock() > 0;
        long first = layout.firstRow() * layout.wholeBlocks() + layout.firstBlock();
        return ByteBuffer.allocateDirect(NUM_BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(bytes)
                .putLong(bytes + layout.scalesAt())
                .putLong(twoLevels ? bytes + layout.secondsAt() : 0)
                .putLong(values)
                .putLong(x)
                .putLong(y)
                .putLong(twoLevels ? first - layout.firstSecond() * layout.secondBlock() : 0)
                .putLong(layout.wholeBlocks())
                .putInt((int) layout.rows())
                .putInt((int) layout.cols())
                .putInt(layout.format().bits())
                .putInt((int) layout.block())
                .putInt((int) (layout.firstCol() % layout.block()))
                .putInt((int) layout.blocks())
                .putInt((int) layout.secondBlock())
                .putInt((int) layout.numSeconds())
                .putInt(numTokens)
                .putInt(0)
                .flip();
    }
}
