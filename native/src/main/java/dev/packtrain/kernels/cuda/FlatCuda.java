package dev.packtrain.kernels.cuda;

import static dev.packtrain.kernels.cuda.PassArguments.blocks;

import dev.packtrain.kernels.AdamWBuffers;
import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedAdamW;
import org.bytedeco.cuda.cudart.CUstream_st;

/**
 * The passes over flat buffers that an optimizer step needs, on an NVIDIA GPU: AdamW with the bits of {@link FusedAdamW},
 * and the sum of squares. Calls put a kernel on the stream and return; equal calls give equal bits.
 */
public final class FlatCuda {
    private static final int ELEMENTS_OF_BLOCK = FlashMaskTiles.THREADS * 8;
    /** Enough to fill the largest GPU of today a few times over. */
    private static final int MOST_BLOCKS = 2048;

    private final GpuModule module;

    FlatCuda(GpuModule module) {
        this.module = module;
    }

    /**
     * One step of the elements {@code from} to {@code to − 1}, in place: see {@link FusedAdamW#step}.
     *
     * @param buffers by the device addresses of element 0
     * @param from 0 or more
     * @param to {@code from} or more
     * @throws IllegalArgumentException if an address that is needed is 0 or cannot be an element's, or the range is none
     */
    public void adamW(AdamWBuffers buffers, long from, long to, AdamWStep hyper, CUstream_st stream) {
        if (from < 0 || from > to) {
            throw new IllegalArgumentException(
                    "AdamW was given the elements " + from + " to " + to + "; give 0 <= from <= to.");
        }
        if (from == to) {
            return;
        }
        boolean split = buffers.remainders() != 0;
        ElementType weights = split ? ElementType.BF16 : ElementType.FP32;
        long[] fields = {
            element(buffers.params(), weights, from),
            split ? element(buffers.remainders(), ElementType.BF16, from) : 0,
            element(buffers.grads(), buffers.gradFormat(), from),
            element(buffers.expAvg(), buffers.momentFormat(), from),
            element(buffers.expAvgSq(), buffers.momentFormat(), from),
            from,
            to - from
        };
        float[] constants = hyper.toConstants();
        int[] narrow = new int[constants.length + 3];
        for (int i = 0; i < constants.length; i++) {
            narrow[i] = Float.floatToRawIntBits(constants[i]);
        }
        narrow[constants.length] = hyper.roundingSeed();
        narrow[constants.length + 1] = buffers.gradFormat() == ElementType.BF16 ? 1 : 0;
        narrow[constants.length + 2] = buffers.momentFormat() == ElementType.BF16 ? 1 : 0;
        int[] grid = {blocks(to - from, ELEMENTS_OF_BLOCK), 1};
        module.launch("adamw_step", grid, 0, PassArguments.of(fields, narrow), stream);
    }

    private static long element(long origin, ElementType type, long index) {
        long address = origin + index * type.bytes();
        PassArguments.requireAddresses(type.bytes(), address);
        return address;
    }

    /**
     * How many sums {@link #squares} leaves.
     *
     * @param numElements 0 or more
     */
    public static int numSums(long numElements) {
        return numBlocks(numElements) * FlashMaskTiles.THREADS;
    }

    private static int numBlocks(long numElements) {
        return Math.max(1, (int) Math.min(MOST_BLOCKS, (numElements + ELEMENTS_OF_BLOCK - 1) / ELEMENTS_OF_BLOCK));
    }

    /**
     * Sums of squares in fp64, NaN or infinite where an element is; together those of all elements.
     *
     * @param values device address of the elements
     * @param numElements 1 or more
     * @param sums device address of fp64 {@code [numSums(numElements)]}
     */
    public void squares(ElementType type, long values, long numElements, long sums, CUstream_st stream) {
        PassArguments.requireAddresses(type.bytes(), values);
        PassArguments.requireAddresses(Double.BYTES, sums);
        int numBlocks = numBlocks(numElements);
        long[] fields = {values, sums, numElements, (long) numBlocks * ELEMENTS_OF_BLOCK};
        module.launch(
                PassArguments.kernel("squares", type), new int[] {numBlocks, 1}, 0, PassArguments.of(fields), stream);
    }
}
