package dev.packtrain.kernels;

import java.util.List;

/**
 * Products of a matrix of many rows, m {@code [rows, cols]}, with the narrow matrices of low-rank adapters (Hu et al. 2021,
 * arXiv 2106.09685): p and g {@code [rank, cols]}, and a factor u {@code [rows, ranks]}. BLAS has no tiles for them.
 *
 * <p>Several narrow matrices can be used at once; m is then read once for all. The factor's columns are theirs, side by side,
 * each padded to a multiple of {@value #RANK_TILE}; what stands in the padding is written as 0 and must be finite.
 *
 * <p>Elements are of one {@link ElementType}, the factor is fp32. Sums are fp32 and a result is rounded once; with {@link
 * AttentionVariant#AVX512_BF16} the factor is rounded to bf16 where bf16 elements are multiplied by it. The bits do not
 * depend on the number of threads. Buffers that are shorter than said cannot be noticed: the result is undefined. All methods
 * throw {@link IllegalArgumentException} for address 0 or a negative size.
 */
public final class LowRankProducts {
    /** What ranks are padded to. */
    public static final int RANK_TILE = 8;

    /** Of all matrices of a call together, padded. */
    public static final int MOST_RANKS = 256;

    private static final int MOST_MATRICES = 8;
    private static final int HEAD = 12;
    private static final int MATRIX = 5;

    private final int variant;
    private final ElementType type;
    private final int numThreads;

    /**
     * For tests and measurements.
     *
     * @param variant instruction set; {@link AttentionVariant#PLAIN} is as portable, {@link AttentionVariant#AMX} as AVX512
     * @param type of m, p and g
     * @param numThreads 0 for as many as libtorch has in the calling thread
     * @throws KernelUnavailableException if this machine cannot run it
     */
    public LowRankProducts(AttentionVariant variant, ElementType type, int numThreads) {
        this.variant = variant.requireHere();
        this.type = type;
        this.numThreads = numThreads;
    }

    /** With the fastest variant that this machine can run, on libtorch's threads. */
    public static LowRankProducts forThisMachine(ElementType type) {
        return new LowRankProducts(fastestOn(CpuCapabilities.probe()), type, 0);
    }

    /** The fastest variant that a CPU can run: that of attention, but that narrow matrices do not fill AMX's registers. */
    public static AttentionVariant fastestOn(CpuCapabilities cpu) {
        AttentionVariant ofAttention = AttentionVariant.fastestOn(cpu);
        return ofAttention == AttentionVariant.AMX ? AttentionVariant.AVX512 : ofAttention;
    }

    /**
     * m.
     *
     * @param address of its first element
     * @param stride elements from row to row; a row's elements are contiguous
     */
    public record Rows(long address, long rows, long cols, long stride) {
        public Rows {
            Ranges.check("rows", address, rows);
            Ranges.check("columns", address, cols);
        }
    }

    /**
     * u.
     *
     * @param address of fp32 numbers
     * @param stride numbers from row to row, at least the padded ranks
     * @param scale that it is multiplied by
     */
    public record Factor(long address, long stride, double scale) {
        private static final Factor NONE = new Factor(0, 0, 0);

        private Factor of(Rows m) {
            Ranges.check("numbers", address, m.rows());
            return this;
        }
    }

    /** A rank as a factor has it. */
    static long padded(long rank) {
        return (rank + RANK_TILE - 1) / RANK_TILE * RANK_TILE;
    }

    /** Whether a call can take them. */
    public static boolean canTake(List<Long> ranks) {
        long padded = ranks.stream().mapToLong(LowRankProducts::padded).sum();
        return !ranks.isEmpty() && ranks.size() <= MOST_MATRICES && padded <= MOST_RANKS;
    }

    /** {@code u = scale · m pᵀ}. */
    public void project(Rows m, List<NarrowMatrix> p, Factor projected) {
        long[] numbers = numbers(m, p, p, List.of(), projected.of(m), Factor.NONE);
        if (m.rows() > 0) {
            LowRankCalls.read(numbers, (float) projected.scale(), 0);
        }
    }

    /** {@code g += scale · uᵀ m}. */
    public void addOuter(Rows m, List<NarrowMatrix> g, Factor factor) {
        long[] numbers = numbers(m, g, List.of(), g, Factor.NONE, factor.of(m));
        if (m.rows() > 0) {
            LowRankCalls.read(numbers, 0, (float) factor.scale());
        }
    }

    /**
     * {@link #project} and {@link #addOuter} in one pass over m.
     *
     * @param g in number, rank and layout as {@code p}
     */
    public void projectAndAddOuter(
            Rows m, List<NarrowMatrix> p, Factor projected, List<NarrowMatrix> g, Factor factor) {
        long[] numbers = numbers(m, p, p, g, projected.of(m), factor.of(m));
        if (m.rows() > 0) {
            LowRankCalls.read(numbers, (float) projected.scale(), (float) factor.scale());
        }
    }

    /** {@code m += scale · u p}. */
    public void addProduct(Rows m, List<NarrowMatrix> p, Factor factor) {
        long[] numbers = numbers(m, p, p, List.of(), Factor.NONE, factor.of(m));
        if (m.rows() > 0) {
            LowRankCalls.add(numbers, (float) factor.scale());
        }
    }

    private long[] numbers(
            Rows m,
            List<NarrowMatrix> matrices,
            List<NarrowMatrix> p,
            List<NarrowMatrix> g,
            Factor projected,
            Factor factor) {
        if (!canTake(matrices.stream().map(NarrowMatrix::rank).toList())) {
            throw new IllegalArgumentException("A kernel was given narrow matrices of ranks "
                    + matrices.stream().map(NarrowMatrix::rank).toList() + "; give 1 to " + MOST_MATRICES + " of "
                    + MOST_RANKS + " ranks together.");
        }
        check(p, m);
        check(g, m);
        long[] numbers = new long[HEAD + matrices.size() * MATRIX];
        long[] head = {
            variant,
            type.nativeId(),
            numThreads,
            m.rows(),
            m.cols(),
            m.address(),
            m.stride(),
            projected.address(),
            projected.stride(),
            factor.address(),
            factor.stride(),
            matrices.size()
        };
        System.arraycopy(head, 0, numbers, 0, HEAD);
        for (int i = 0; i < matrices.size(); i++) {
            NarrowMatrix each = matrices.get(i);
            int at = HEAD + i * MATRIX;
            numbers[at] = p.isEmpty() ? 0 : each.address();
            numbers[at + 1] = g.isEmpty() ? 0 : g.get(i).address();
            numbers[at + 2] = each.rank();
            numbers[at + 3] = each.isTransposed() ? 1 : m.cols();
            numbers[at + 4] = each.isTransposed() ? each.rank() : 1;
        }
        return numbers;
    }

    private static void check(List<NarrowMatrix> matrices, Rows m) {
        for (NarrowMatrix matrix : matrices) {
            Ranges.check("elements", matrix.address(), Math.multiplyExact(matrix.rank(), m.cols()));
        }
    }
}
