package dev.packtrain.training.fused;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedRows;
import dev.packtrain.kernels.FusedRows.Shape;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** On the CPU, on libtorch's threads. */
final class CpuRowPasses implements RowPasses {
    private final FusedRows rows;

    CpuRowPasses(ElementType type) {
        this.rows = FusedRows.forThisMachine(type);
    }

    @Override
    public void norm(Shape shape, long x, long branch, long weight, long y, long rstd, double eps) {
        rows.norm(shape, x, branch, weight, y, rstd, eps);
    }

    @Override
    public void renorm(Shape shape, long x, long weight, long rstd, long y) {
        rows.renorm(shape, x, weight, rstd, y);
    }

    @Override
    public void normGrad(Shape shape, long gradY, long x, long weight, long rstd, long gradX, long gradWeight) {
        if (gradWeight != 0) {
            rows.normGrad(shape, gradY, x, weight, rstd, gradX, gradWeight);
            return;
        }
        // The kernel makes both at once, and one of them for nothing; fp32 holds the zeros of any type.
        TensorScope.run(() -> {
            long unwanted = new TensorFactory(ComputeDevice.CPU)
                    .zeros(ScalarType.Float, shape.cols())
                    .data_ptr()
                    .address();
            rows.normGrad(shape, gradY, x, weight, rstd, gradX, unwanted);
        });
    }

    @Override
    public void rope(Shape heads, long x, long[] cosSin, long rowStride, long numHeads, boolean transposed) {
        rows.rope(heads, x, cosSin, rowStride, numHeads, transposed);
    }

    @Override
    public void swiglu(Shape shape, long gate, long up, long y, long rowStride) {
        rows.swiglu(shape, gate, up, y, rowStride);
    }

    @Override
    public void swigluGrad(Shape shape, long gradY, long gate, long up, long rowStride) {
        rows.swigluGrad(shape, gradY, gate, up, rowStride);
    }
}
