package dev.packtrain.kernels.cuda;

import static dev.packtrain.kernels.cuda.PassArguments.blocks;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedRows;
import org.bytedeco.cuda.cudart.CUstream_st;

/**
 * What {@link FusedRows} does, on an NVIDIA GPU: the row-wise passes of a transformer block, each once or twice over its
 * operands. Matrices are {@code [rows, cols]} of one {@link ElementType}, contiguous unless a stride is given, by their
 * device addresses; arithmetic is fp32 and every result is rounded once, to nearest even. Calls put kernels on the stream
 * and return; equal calls give equal bits. Addresses that are multiples of 16, and columns of 8, are read 16 bytes at a
 * time; others are allowed and slower. What overlaps where that is not allowed, or is shorter than said, cannot be
 * noticed. All methods throw {@link IllegalArgumentException} for an address of 0 or one that no element can have.
 */
public final class FusedRowsCuda {
    private static final int THREADS = FlashMaskTiles.THREADS;
    /** kRowsOfBlock, kElementsOfBlock and kRowsOfPart of pass_args.h. */
    private static final int ROWS_OF_BLOCK = THREADS / 32;

    private static final int ELEMENTS_OF_BLOCK = THREADS * 8;
    private static final int ROWS_OF_PART = 64;

    private final GpuModule module;
    private final ElementType type;

    FusedRowsCuda(GpuModule module, ElementType type) {
        this.module = module;
        this.type = type;
    }

    /**
     * {@code y = x / √(mean(x²) + eps) · weight} row by row.
     *
     * @param branch matrix that becomes {@code x + branch} and is normed in place of {@code x}; 0 for none
     * @param weight {@code [cols]}
     * @param y receives the result
     * @param rstd fp32 {@code [rows]}, receives {@code 1 / √(mean(x²) + eps)}
     */
    public void norm(
            FusedRows.Shape shape,
            long x,
            long branch,
            long weight,
            long y,
            long rstd,
            double eps,
            CUstream_st stream) {
        long[] fields = {x, branch, weight, y, rstd, shape.rows()};
        PassArguments.requireAddresses(Float.BYTES, rstd);
        launchRows("norm", shape, fields, Float.floatToRawIntBits((float) eps), stream, x, weight, y);
    }

    /** {@code y = x · rstd · weight}: the same bits as {@link #norm} gave, from what it left. */
    public void renorm(FusedRows.Shape shape, long x, long weight, long rstd, long y, CUstream_st stream) {
        long[] fields = {x, 0, weight, y, rstd, shape.rows()};
        PassArguments.requireAddresses(Float.BYTES, rstd);
        launchRows("renorm", shape, fields, 0, stream, x, weight, y);
    }

    /** Elements of the scratch memory that {@link #normGrad} wants for the gradient of a weight, fp32. */
    public static long numParts(FusedRows.Shape shape) {
        return shape.cols() * blocks(shape.rows(), ROWS_OF_PART);
    }

    /**
     * Device addresses of what a norm's gradients are made of.
     *
     * @param gradY gradient of {@code y}
     * @param x what was normed
     * @param weight {@code [cols]}
     * @param rstd as {@link #norm} left it
     */
    public record NormGradOperands(long gradY, long x, long weight, long rstd) {}

    /**
     * Gradients of {@link #norm}, both added to what is there.
     *
     * @param gradX matrix
     * @param gradWeight {@code [cols]}, 0 if it is not wanted; the sum over the rows is taken in fp32 and in a fixed order
     * @param parts scratch of {@link #numParts}; 0 where no gradient of the weight is wanted
     */
    public void normGrad(
            FusedRows.Shape shape,
            NormGradOperands operands,
            long gradX,
            long gradWeight,
            long parts,
            CUstream_st stream) {
        int numParts = blocks(shape.rows(), ROWS_OF_PART);
        long[] fields = {
            operands.gradY(), operands.x(), operands.weight(), operands.rstd(), gradX, parts, gradWeight, shape.rows()
        };
        PassArguments.requireAddresses(Float.BYTES, operands.rstd());
        // Before the other, which may write where these are read.
        if (gradWeight != 0 && !isEmpty(shape)) {
            PassArguments.requireAddresses(Float.BYTES, parts);
            PassArguments.requireAddresses(type.bytes(), gradWeight);
            int cols = Math.toIntExact(shape.cols());
            int[] grid = {blocks(cols, ELEMENTS_OF_BLOCK), numParts};
            launch("norm_weight_grad", grid, fields, stream, cols, numParts);
            launch("norm_weight_sum", new int[] {blocks(cols, THREADS), 1}, fields, stream, cols, numParts);
        }
        launchRows(
                "norm_grad", shape, fields, numParts, stream, operands.gradY(), operands.x(), operands.weight(), gradX);
    }

    /**
     * Turns heads in place: elements {@code i} and {@code i + width / 2} of a head together, by the angle of its row.
     *
     * @param heads a row's heads, side by side, as rows of {@code rows · numHeads}; {@code cols} is their width, even
     * @param x first element
     * @param cosSin addresses of cosines and sines, fp32 {@code [rows, width / 2]} each
     * @param rowStride elements from row to row
     * @param numHeads in a row
     * @param transposed the other way round, which is the gradient's way
     */
    public void rope(
            FusedRows.Shape heads,
            long x,
            long[] cosSin,
            long rowStride,
            long numHeads,
            boolean transposed,
            CUstream_st stream) {
        int width = Math.toIntExact(heads.cols());
        if (width % 2 != 0) {
            throw new IllegalArgumentException(
                    "A head is %d wide; rotary positions need an even width.".formatted(width));
        }
        if (isEmpty(heads) || numHeads == 0) {
            return;
        }
        PassArguments.requireAddresses(Float.BYTES, cosSin);
        PassArguments.requireAddresses(type.bytes(), x);
        long threads = heads.rows() * numHeads * blocks(width / 2, 8);
        int direction = Float.floatToRawIntBits(transposed ? -1f : 1f);
        long[] fields = {x, cosSin[0], cosSin[1], heads.rows(), rowStride};
        int[] grid = {blocks(threads, THREADS), 1};
        launch("rope", grid, fields, stream, Math.toIntExact(numHeads), width, direction);
    }

    /**
     * {@code y = gate · σ(gate) · up}.
     *
     * @param gate rows {@code rowStride} elements apart
     * @param up likewise
     * @param y contiguous
     */
    public void swiglu(FusedRows.Shape shape, long gate, long up, long y, long rowStride, CUstream_st stream) {
        launchElements("swiglu", shape, new long[] {0, gate, up, y, rowStride}, stream, gate, up, y);
    }

    /**
     * The gradients of {@link #swiglu}, in the places of its arguments.
     *
     * @param gradY contiguous
     * @param gate holds the gate, receives its gradient
     * @param up likewise
     */
    public void swigluGrad(FusedRows.Shape shape, long gradY, long gate, long up, long rowStride, CUstream_st stream) {
        launchElements("swiglu_grad", shape, new long[] {gradY, gate, up, 0, rowStride}, stream, gradY, gate, up);
    }

    private void launchRows(
            String kernel, FusedRows.Shape shape, long[] fields, int last, CUstream_st stream, long... addresses) {
        if (!isEmpty(shape)) {
            PassArguments.requireAddresses(type.bytes(), addresses);
            int[] grid = {blocks(shape.rows(), ROWS_OF_BLOCK), 1};
            launch(kernel, grid, fields, stream, Math.toIntExact(shape.cols()), last);
        }
    }

    private void launchElements(
            String kernel, FusedRows.Shape shape, long[] fields, CUstream_st stream, long... addresses) {
        if (!isEmpty(shape)) {
            PassArguments.requireAddresses(type.bytes(), addresses);
            int[] grid = {Math.toIntExact(shape.rows()), blocks(shape.cols(), ELEMENTS_OF_BLOCK)};
            launch(kernel, grid, fields, stream, Math.toIntExact(shape.cols()));
        }
    }

    private void launch(String kernel, int[] grid, long[] fields, CUstream_st stream, int... narrow) {
        module.launch(PassArguments.kernel(kernel, type), grid, 0, PassArguments.of(fields, narrow), stream);
    }

    private static boolean isEmpty(FusedRows.Shape shape) {
        return shape.rows() == 0 || shape.cols() == 0;
    }
}
