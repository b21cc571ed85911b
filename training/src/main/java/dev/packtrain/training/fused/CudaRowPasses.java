package dev.packtrain.training.fused;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedRows.Shape;
import dev.packtrain.kernels.cuda.FusedRowsCuda;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** On a GPU, on libtorch's current stream. */
final class CudaRowPasses implements RowPasses {
    private final FusedRowsCuda rows;
    private final CudaPasses passes;
    private final TensorFactory memory;

    /**
     * Passes over matrices of a type.
     *
     * @param memory makes tensors on the GPU
     */
    CudaRowPasses(CudaPasses passes, ElementType type, TensorFactory memory) {
        this.rows = passes.kernels().rows(type);
        this.passes = passes;
        this.memory = memory;
    }

    @Override
    public void norm(Shape shape, long x, long branch, long weight, long y, long rstd, double eps) {
        rows.norm(shape, x, branch, weight, y, rstd, eps, stream());
    }

    @Override
    public void renorm(Shape shape, long x, long weight, long rstd, long y) {
        rows.renorm(shape, x, weight, rstd, y, stream());
    }

    @Override
    public void normGrad(Shape shape, long gradY, long x, long weight, long rstd, long gradX, long gradWeight) {
        FusedRowsCuda.NormGradOperands operands = new FusedRowsCuda.NormGradOperands(gradY, x, weight, rstd);
        if (gradWeight == 0) {
            rows.normGrad(shape, operands, gradX, 0, 0, stream());
            return;
        }
        // Freed behind the launch: whoever gets the memory next is behind it on the same stream.
        TensorScope.run(() -> {
            long parts = memory.empty(ScalarType.Float, FusedRowsCuda.numParts(shape))
                    .data_ptr()
                    .address();
            rows.normGrad(shape, operands, gradX, gradWeight, parts, stream());
        });
    }

    @Override
    public void rope(Shape heads, long x, long[] cosSin, long rowStride, long numHeads, boolean transposed) {
        rows.rope(heads, x, cosSin, rowStride, numHeads, transposed, stream());
    }

    @Override
    public void swiglu(Shape shape, long gate, long up, long y, long rowStride) {
        rows.swiglu(shape, gate, up, y, rowStride, stream());
    }

    @Override
    public void swigluGrad(Shape shape, long gradY, long gate, long up, long rowStride) {
        rows.swigluGrad(shape, gradY, gate, up, rowStride, stream());
    }

    private CUstream_st stream() {
        return passes.stream();
    }
}
