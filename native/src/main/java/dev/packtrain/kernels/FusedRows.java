package dev.packtrain.kernels;

/**
 * The row-wise passes of a transformer block over native memory, each once over its operands: RMSNorm (Zhang and Sennrich
 * 2019, arXiv 1910.07467) with the residual addition, rotary positions (Su et al. 2021, arXiv 2104.09864) and SwiGLU
 * (Shazeer 2020, arXiv 2002.05202), with their gradients.
 *
 * <p>Matrices are {@code [rows, cols]}, contiguous unless a stride is given, of one {@link ElementType}; arithmetic is
 * fp32 and every result is rounded once, to nearest even. The bits of the results depend neither on the variant nor on
 * the number of threads. Addresses need no alignment. Buffers that are shorter than said, or overlap where that is not
 * allowed, cannot be noticed: the result is undefined. All methods throw {@link IllegalArgumentException} for address 0 or
 * a negative size.
 */
public final class FusedRows {
    private final int variant;
    private final ElementType type;
    private final int numThreads;

    /**
     * For tests and measurements.
     *
     * @param variant instruction set
     * @param type of all matrices
     * @param numThreads 0 for as many as libtorch has in the calling thread
     * @throws KernelUnavailableException if this machine cannot run it
     */
    public FusedRows(KernelVariant variant, ElementType type, int numThreads) {
        this.variant = variant.requireHere();
        this.type = type;
        this.numThreads = numThreads;
    }

    /** With the fastest variant that this machine can run, on libtorch's threads. */
    public static FusedRows forThisMachine(ElementType type) {
        return new FusedRows(KernelVariant.fastestOn(CpuCapabilities.probe()), type, 0);
    }

    /**
     * Shape of the matrices.
     *
     * @param rows 0 or more
     * @param cols 0 or more
     */
    public record Shape(long rows, long cols) {
        public Shape {
            if (rows < 0 || cols < 0) {
                throw new IllegalArgumentException(
                        "A kernel was given a matrix of " + rows + " by " + cols + "; give 0 or more of both.");
            }
        }

        private long elements() {
            return Math.multiplyExact(rows, cols);
        }
    }

    /**
     * {@code y = x / √(mean(x²) + eps) · weight} row by row; {@code y} may be {@code x} only without a branch.
     *
     * @param x matrix
     * @param branch matrix that becomes {@code x + branch} and is normed in place of {@code x}; 0 for none
     * @param weight {@code [cols]}
     * @param y receives the result
     * @param rstd fp32 {@code [rows]}, receives {@code 1 / √(mean(x²) + eps)}
     * @param eps added to the mean square
     */
    public void norm(Shape shape, long x, long branch, long weight, long y, long rstd, double eps) {
        if (ready(shape, x, weight, y, rstd)) {
            FusedCalls.norm(numbers(shape, x, branch, weight, y, rstd), (float) eps);
        }
    }

    /** {@code y = x · rstd · weight}: the same bits as {@link #norm} gave, from what it left. */
    public void renorm(Shape shape, long x, long weight, long rstd, long y) {
        if (ready(shape, x, weight, rstd, y)) {
            FusedCalls.renorm(numbers(shape, x, weight, rstd, y));
        }
    }

    /**
     * Gradients of {@link #norm}, both added to what is there.
     *
     * @param gradY gradient of {@code y}
     * @param x what was normed
     * @param weight {@code [cols]}
     * @param rstd as {@link #norm} left it
     * @param gradX matrix
     * @param gradWeight {@code [cols]}; the sum over the rows is taken in fp32 and in a fixed order
     */
    public void normGrad(Shape shape, long gradY, long x, long weight, long rstd, long gradX, long gradWeight) {
        if (ready(shape, gradY, x, weight, rstd, gradX, gradWeight)) {
            FusedCalls.normGrad(numbers(shape, gradY, x, weight, rstd, gradX, gradWeight));
        }
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
    public void rope(Shape heads, long x, long[] cosSin, long rowStride, long numHeads, boolean transposed) {
        if (heads.cols() % 2 != 0) {
            throw new IllegalArgumentException(
                    "A head is " + heads.cols() + " wide; rotary positions need an even width.");
        }
        if (numHeads > 0 && ready(heads, x, cosSin[0], cosSin[1])) {
            FusedCalls.rope(numbers(heads, x, cosSin[0], cosSin[1], rowStride, numHeads), transposed ? -1f : 1f);
        }
    }

    /**
     * {@code y = gate · σ(gate) · up}.
     *
     * @param gate rows {@code rowStride} elements apart
     * @param up likewise
     * @param y contiguous
     */
    public void swiglu(Shape shape, long gate, long up, long y, long rowStride) {
        if (ready(shape, gate, up, y)) {
            FusedCalls.swiglu(numbers(shape, gate, up, y, rowStride));
        }
    }

    /**
     * The gradients of {@link #swiglu}, in the places of its arguments.
     *
     * @param gradY contiguous
     * @param gate holds the gate, receives its gradient
     * @param up likewise
     */
    public void swigluGrad(Shape shape, long gradY, long gate, long up, long rowStride) {
        if (ready(shape, gradY, gate, up)) {
            FusedCalls.swigluGrad(numbers(shape, gradY, gate, up, rowStride));
        }
    }

    private static boolean ready(Shape shape, long... addresses) {
        for (long address : addresses) {
            Ranges.check("elements", address, shape.elements());
        }
        return shape.elements() > 0;
    }

    private long[] numbers(Shape shape, long... others) {
        long[] numbers = new long[5 + others.length];
        numbers[0] = variant;
        numbers[1] = type.nativeId();
        numbers[2] = numThreads;
        numbers[3] = shape.rows();
        numbers[4] = shape.cols();
        System.arraycopy(others, 0, numbers, 5, others.length);
        return numbers;
    }
}
