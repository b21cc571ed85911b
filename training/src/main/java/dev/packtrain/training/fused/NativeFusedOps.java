package dev.packtrain.training.fused;

import dev.packtrain.kernels.FusedRows;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.KernelFormat;
import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** This project's kernels, for fp32 and bf16: every operation passes once or twice over its operands. */
final class NativeFusedOps implements FusedOps {
    private final ScalarType dtype;
    private final TensorFactory memory;
    private final RowPasses rows;

    private NativeFusedOps(ScalarType dtype, TensorFactory memory, RowPasses rows) {
        this.dtype = dtype;
        this.memory = memory;
        this.rows = rows;
    }

    /** On the CPU, for fp32 or bf16. */
    static NativeFusedOps onCpu(ScalarType dtype) {
        return new NativeFusedOps(
                dtype, new TensorFactory(ComputeDevice.CPU), new CpuRowPasses(KernelFormat.of(dtype)));
    }

    /**
     * On a GPU, for fp32 or bf16.
     *
     * @param memory makes tensors there
     */
    static NativeFusedOps onGpu(ScalarType dtype, CudaPasses passes, TensorFactory memory) {
        return new NativeFusedOps(dtype, memory, new CudaRowPasses(passes, KernelFormat.of(dtype), memory));
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
        Tensor rstd = memory.empty(ScalarType.Float, xTE.size(0));
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
        long gradWeight = weight.requires_grad() ? whole(LeafGradient.of(weight)) : 0;
        rows.normGrad(shape(xTE), whole(gradTE), whole(xTE), whole(weight), address(rstd), whole(sumTE), gradWeight);
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
        Tensor y = memory.empty(dtype, gateTI.size(0), gateTI.size(1));
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
        boolean there = tensor.is_cpu() == (memory.device().kind() == ComputeDevice.Kind.CPU);
        if (got != dtype || !there) {
            throw new IllegalArgumentException("a tensor is %s on %s, but these kernels were made for %s on %s"
                    .formatted(
                            got,
                            tensor.device().str().getString(),
                            dtype,
                            memory.device().kind()));
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
