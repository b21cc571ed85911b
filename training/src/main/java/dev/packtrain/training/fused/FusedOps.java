package dev.packtrain.training.fused;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The row-wise operations of a transformer block. Whatever the dtype, arithmetic is fp32 (fp64 for fp64 tensors) and each
 * result is rounded once; equal calls give equal bits. Matrices are contiguous where nothing else is said.
 */
public interface FusedOps {
    /**
     * What a norm leaves.
     *
     * @param y the result, {@code [T, E]}
     * @param rstd {@code 1 / √(mean(x²) + eps)}, {@code [T]}, fp32 (fp64 for fp64 tensors): the backward pass needs it
     */
    record Normed(Tensor y, Tensor rstd) {}

    /** The fastest implementation for tensors of a dtype on a device. */
    static FusedOps of(ScalarType dtype, ComputeDevice device) {
        if (dtype != ScalarType.Float && dtype != ScalarType.BFloat16) {
            return new TorchFusedOps();
        }
        return switch (device.kind()) {
            case CPU -> NativeFusedOps.onCpu(dtype);
            case CUDA ->
                CudaPasses.on(device)
                        .<FusedOps>map(passes -> NativeFusedOps.onGpu(dtype, passes, new TensorFactory(device)))
                        .orElseGet(TorchFusedOps::new);
        };
    }

    /** Root-mean-square norm over the last dim (Zhang and Sennrich 2019, arXiv 1910.07467). */
    Normed norm(Tensor xTE, NormScale scale);

    /**
     * Residual addition and norm.
     *
     * @param xTE the residual stream
     * @param branchTE becomes {@code xTE + branchTE}, which is normed
     */
    Normed addNorm(Tensor xTE, Tensor branchTE, NormScale scale);

    /** The {@code y} of a norm once more, same bits, from what was normed and its {@code rstd}. */
    Tensor renorm(Tensor xTE, Tensor rstd, NormScale scale);

    /**
     * Gradients of a norm: of its input, added to {@code sumTE}, and of its weight, added to the weight's {@code .grad}
     * if it is trained.
     *
     * @param gradTE gradient of {@code y}
     * @param xTE what was normed
     * @param rstd as the norm left it
     * @param sumTE such as the gradient of the residual stream
     */
    void normGrad(Tensor gradTE, Tensor xTE, Tensor rstd, NormScale scale, Tensor sumTE);

    /**
     * Turns every head by its token's angles, in place: element {@code i} together with {@code i + D/2}.
     *
     * @param xTHD heads side by side; rows may have a stride
     * @param transposed the other way round, as gradients go
     */
    void rope(Tensor xTHD, RotaryTables tables, boolean transposed);

    /**
     * {@code gate · σ(gate) · up}, {@code [T, I]} (Shazeer 2020, arXiv 2002.05202).
     *
     * @param gateTI rows may have a stride
     * @param upTI the same stride
     */
    Tensor swiglu(Tensor gateTI, Tensor upTI);

    /** Gradients of {@link #swiglu}, in the places of its arguments. */
    void swigluGrad(Tensor gradTI, Tensor gateTI, Tensor upTI);
}
