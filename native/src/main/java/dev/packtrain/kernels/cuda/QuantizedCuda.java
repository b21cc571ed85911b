package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.kernels.ScaleCodes;
import org.bytedeco.cuda.cudart.CUstream_st;

/**
 * Quantised matrices on an NVIDIA GPU, in bf16: the numbers that the CPU's kernels make of the same bytes, bit for bit, and
 * products with a few tokens that read the codes alone. Calls put kernels on a stream and return; equal calls give equal
 * bits.
 */
public final class QuantizedCuda {
    /** Tokens of a product at most: kQuantizedTokens of quantized_args.h. */
    public static final int MOST_TOKENS = 8;

    private static final int COLUMNS_OF_BLOCK = 128 * 8;
    private static final int ROWS_OF_BLOCK = 128 / 32;
    private final GpuModule module;

    QuantizedCuda(GpuModule module) {
        this.module = module;
    }

    /** Whether the kernels can read a part: columns go by eight. */
    public static boolean takes(QuantizedLayout layout) {
        return QuantizedArguments.goesByEight(layout);
    }

    /** What the kernels look codes up in, to be copied to the GPU once: of 4-bit codes 16, then of scales of two levels 256. */
    public static float[] values(QuantizedFormat format) {
        float[] values = new float[16 + 256];
        System.arraycopy(format.numbers(), 0, values, 0, 16);
        System.arraycopy(ScaleCodes.values(), 0, values, 16, 256);
        return values;
    }

    /**
     * Makes numbers of a matrix.
     *
     * @param layout columns, blocks and the part's first column are multiples of 8
     * @param values device address of {@link #values}
     * @param bytes device address of the matrix
     * @param y device address; receives bf16 {@code [rows, cols]}
     */
    public void dequantize(QuantizedLayout layout, long values, long bytes, long y, CUstream_st stream) {
        int[] grid = {Math.toIntExact((layout.cols() + COLUMNS_OF_BLOCK - 1) / COLUMNS_OF_BLOCK), (int) layout.rows()};
        launch("quantized_dequantize_bf16", grid, new QuantizedArguments(layout, values, bytes, 0, y, 0), stream);
    }

    /**
     * {@code y = x·Wᵀ}.
     *
     * @param layout as for {@link #dequantize}
     * @param numTokens 1 to {@value #MOST_TOKENS}
     * @param x device address of bf16 {@code [numTokens, cols]}
     * @param y device address; receives bf16 {@code [numTokens, rows]}
     */
    public void product(
            QuantizedLayout layout, long values, long bytes, int numTokens, long x, long y, CUstream_st stream) {
        if (numTokens < 1 || numTokens > MOST_TOKENS) {
            throw new IllegalArgumentException(
                    "A product with %d tokens was asked for; wanted 1 to %d.".formatted(numTokens, MOST_TOKENS));
        }
        int[] grid = {Math.toIntExact((layout.rows() + ROWS_OF_BLOCK - 1) / ROWS_OF_BLOCK), 1};
        launch("quantized_product_bf16", grid, new QuantizedArguments(layout, values, bytes, x, y, numTokens), stream);
    }

    private void launch(String function, int[] grid, QuantizedArguments arguments, CUstream_st stream) {
        module.launch(function, grid, 0, arguments.toBytes(), stream);
    }
}
