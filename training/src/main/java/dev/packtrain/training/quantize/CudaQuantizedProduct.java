package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.kernels.cuda.QuantizedCuda;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * This project's kernels on a GPU, bf16: for a few tokens they multiply the codes themselves; for more the whole matrix is
 * there as numbers for as long as libtorch's product takes.
 *
 * @param layout one that {@link #takes} says is possible
 * @param passes of the GPU
 * @param memory makes tensors there
 */
record CudaQuantizedProduct(QuantizedLayout layout, CudaPasses passes, TensorFactory memory)
        implements QuantizedProduct {
    /** What the codes' address has to be a multiple of. */
    private static final int ALIGNMENT = 8;

    static boolean takes(QuantizedLayout layout, ScalarType dtype) {
        return dtype == ScalarType.BFloat16 && QuantizedCuda.takes(layout);
    }

    @Override
    public Tensor apply(Tensor bytesB, Tensor xTI) {
        return TensorScope.one(() -> {
            if (xTI.size(0) == 0 || xTI.size(0) > QuantizedCuda.MOST_TOKENS) {
                return torch.linear(xTI, dense(bytesB));
            }
            Tensor whole = xTI.contiguous();
            Tensor yTO = memory.empty(ScalarType.BFloat16, whole.size(0), layout.rows());
            kernels()
                    .product(
                            layout,
                            values(),
                            address(aligned(bytesB)),
                            (int) whole.size(0),
                            address(whole),
                            address(yTO),
                            passes.stream());
            return yTO;
        });
    }

    @Override
    public Tensor transposed(Tensor bytesB, Tensor gradTO) {
        return TensorScope.one(() -> gradTO.mm(dense(bytesB)));
    }

    @Override
    public Tensor dense(Tensor bytesB) {
        return TensorScope.one(() -> {
            Tensor wOI = memory.empty(ScalarType.BFloat16, layout.rows(), layout.cols());
            kernels().dequantize(layout, values(), address(aligned(bytesB)), address(wOI), passes.stream());
            return wOI;
        });
    }

    private QuantizedCuda kernels() {
        return passes.kernels().quantized();
    }

    private long values() {
        return address(passes.quantizedValues(layout.format(), memory));
    }

    /** Under ZeRO's stage 3 a matrix begins wherever the one before it ends in a buffer. */
    private Tensor aligned(Tensor bytesB) {
        QuantizedWeights.requireThere(layout, bytesB);
        return address(bytesB) % ALIGNMENT == 0 ? bytesB : bytesB.clone();
    }

    private static long address(Tensor tensor) {
        return tensor.data_ptr().address();
    }
}
