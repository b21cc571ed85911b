package dev.packtrain.training.fused;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedRows;
import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** This project's CPU kernels, for fp32 and bf16: every operation passes once over its operands. */
final class NativeFusedOps implements FusedOps {
    private final ScalarType dtype;
    private final FusedRows rows;

    private NativeFusedOps(ScalarType dtype, FusedRows rows) {
        this.dtype = dtype;
        this.rows = rows;
    }

    /** For fp32 or bf16. */
    static NativeFusedOps of(ScalarType dtype) {
        ElementType type = dtype == ScalarType.BFloat16 ? ElementType.BF16 : ElementType.FP32;
        return new NativeFusedOps(dtype, FusedRows.forThisMachine(type));
    }

    @Override
    public Normed norm(Tensor xTE, NormScale scale) {
        return norm(xTE, 0, scale);
    }

    @Override
    public Normed addNorm(Tensor xTE, Tensor branchTE, NormScale scale) {
        return norm(xTE, whole(branchTE), scale);
    }

    private Normed norm(Tensor xTE, long branch, NormScale scale) {
        Tensor y = torch.empty_like(xTE);
        Tensor rstd = TensorFactory.like(xTE).empty(ScalarType.Float, xTE.size(0));
        rows.norm(shape(xTE), whole(xTE), branch, whole(scale.weight()), whole(y), address(rstd), scale.eps());
        return new Normed(y, rstd);
    }

    @Override
    public Tensor renorm(Tensor xTE, Tensor rstd, NormScale scale) {
        Tensor y = torch.empty_like(xTE);
        rows.renorm(shape(xTE), whole(xTE), whole(scale.weight()), address(rstd), whole(y));
        return y;
    }

    @Override
    public void normGrad(Tensor gradTE, Tensor xTE, Tensor rstd, NormScale scale, Tensor sumTE) {
        Tensor weight = scale.weight();
        Tensor gradWeight = weight.requires_grad() ? LeafGradient.of(weight) : torch.zeros_like(weight);
        rows.normGrad(
                shape(xTE), whole(gradTE), whole(xTE), whole(weight), address(rstd), whole(sumTE), whole(gradWeight));
    }

    @Override
    public void rope(Tensor xTHD, RotaryTables tables, boolean transposed) {
        long width = xTHD.size(2);
        // The stride of a dim of size 1 is anything.
        require(xTHD.stride(2) == 1 && (xTHD.size(1) == 1 || xTHD.stride(1) == width), xTHD);
        long[] cosSin = {address(tables.cos()), address(tables.sin())};
        FusedRows.Shape heads = new FusedRows.Shape(xTHD.size(0), width);
        rows.rope(heads, typed(xTHD), cosSin, xTHD.stride(0), xTHD.size(1), transposed);
    }

    @Override
    public Tensor swiglu(Tensor gateTI, Tensor upTI) {
        Tensor y = TensorFactory.like(gateTI).empty(dtype, gateTI.size(0), gateTI.size(1));
        rows.swiglu(shape(gateTI), strided(gateTI), strided(upTI), address(y), rowStride(gateTI, upTI));
        return y;
    }

    @Override
    public void swigluGrad(Tensor gradTI, Tensor gateTI, Tensor upTI) {
        rows.swigluGrad(shape(gradTI), whole(gradTI), strided(gateTI), strided(upTI), rowStride(gateTI, upTI));
    }

    private static FusedRows.Shape shape(Tensor matrix) {
        return new FusedRows.Shape(matrix.size(0), matrix.size(1));
    }

    private static long rowStride(Tensor gateTI, Tensor upTI) {
        require(gateTI.stride(0) == upTI.stride(0), upTI);
        return gateTI.stride(0);
    }

    private long strided(Tensor matrix) {
        require(matrix.stride(1) == 1, matrix);
        return typed(matrix);
    }

    private long whole(Tensor tensor) {
        require(tensor.is_contiguous(), tensor);
        return typed(tensor);
    }

    private long typed(Tensor tensor) {
        ScalarType got = tensor.scalar_type().intern();
        if (got != dtype || !tensor.is_cpu()) {
            throw new IllegalArgumentException(
                    "a tensor is %s, but these kernels were made for %s on the CPU".formatted(got, dtype));
        }
        return address(tensor);
    }

    private static long address(Tensor tensor) {
        return tensor.data_ptr().address();
    }

    private static void require(boolean layout, Tensor tensor) {
        if (!layout) {
            throw new IllegalArgumentException(
                    "a tensor of shape %s has strides that these kernels do not take; make it contiguous"
                            .formatted(java.util.Arrays.toString(tensor.shape())));
        }
    }
}
