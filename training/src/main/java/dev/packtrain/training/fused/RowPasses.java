package dev.packtrain.training.fused;

import dev.packtrain.kernels.FusedRows;
import dev.packtrain.kernels.FusedRows.Shape;

/** The passes of {@link FusedRows} by addresses, wherever the memory is. */
interface RowPasses {
    /** {@link FusedRows#norm}. */
    void norm(Shape shape, long x, long branch, long weight, long y, long rstd, double eps);

    /** {@link FusedRows#renorm}. */
    void renorm(Shape shape, long x, long weight, long rstd, long y);

    /**
     * {@link FusedRows#normGrad}.
     *
     * @param gradWeight 0 if it is not wanted
     */
    void normGrad(Shape shape, long gradY, long x, long weight, long rstd, long gradX, long gradWeight);

    /** {@link FusedRows#rope}. */
    void rope(Shape heads, long x, long[] cosSin, long rowStride, long numHeads, boolean transposed);

    /** {@link FusedRows#swiglu}. */
    void swiglu(Shape shape, long gate, long up, long y, long rowStride);

    /** {@link FusedRows#swigluGrad}. */
    void swigluGrad(Shape shape, long gradY, long gate, long up, long rowStride);
}
