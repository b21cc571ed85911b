package dev.packtrain.training.attention;

import dev.packtrain.kernels.AttentionShape;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.HeadTensor;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A tensor {@code [T, heads, D]} as our own kernels take it: its elements inside a head side by side, the head as wide as
 * they want it.
 *
 * @param tensor the tensor itself, a view of it or a copy
 */
record HeadMemory(Tensor tensor) {
    private static final int STEP = 16;
    private static final int SMALLEST = 32;

    /**
     * Without a copy if that is possible.
     *
     * @throws IllegalArgumentException for another dtype or device than the kernels'
     */
    static HeadMemory of(Tensor xTHD) {
        if (!xTHD.is_cpu()) {
            throw new IllegalArgumentException("flash-mask-cpu was given a tensor on "
                    + xTHD.device().str().getString() + "; give one on the CPU.");
        }
        type(xTHD);
        int headDim = (int) xTHD.size(2);
        int wanted = Math.max(SMALLEST, (headDim + STEP - 1) / STEP * STEP);
        if (!AttentionShape.supports(wanted)) {
            throw new IllegalArgumentException("flash-mask-cpu was given heads of width " + headDim + ", wanted 1 to "
                    + AttentionShape.LARGEST + "; use reference.");
        }
        if (wanted != headDim) {
            return new HeadMemory(torch.constant_pad_nd(xTHD, 0, wanted - headDim));
        }
        boolean sideBySide = xTHD.stride(2) == 1 && (xTHD.stride(0) | xTHD.stride(1)) % 2 == 0;
        return new HeadMemory(sideBySide ? xTHD : xTHD.contiguous());
    }

    private static ElementType type(Tensor tensor) {
        ScalarType dtype = tensor.scalar_type().intern();
        return switch (dtype) {
            case Float -> ElementType.FP32;
            case BFloat16 -> ElementType.BF16;
            default ->
                throw new IllegalArgumentException(
                        "flash-mask-cpu computes in Float and BFloat16 and was given " + dtype + "; use reference.");
        };
    }

    ElementType type() {
        return type(tensor);
    }

    int numHeads() {
        return (int) tensor.size(1);
    }

    int headDim() {
        return (int) tensor.size(2);
    }

    /** Memory of the same shape and dtype that holds nothing yet, without gaps. */
    HeadMemory another() {
        return new HeadMemory(TensorFactory.like(tensor)
                .empty(tensor.scalar_type().intern(), tensor.size(0), tensor.size(1), tensor.size(2)));
    }

    /** Without the padding that {@code like} does not have, and without gaps. */
    Tensor narrowed(Tensor like) {
        return tensor.size(2) == like.size(2)
                ? tensor
                : tensor.narrow(2, 0, like.size(2)).contiguous();
    }

    HeadTensor address() {
        return new HeadTensor(tensor.data_ptr().address(), tensor.stride(0), tensor.stride(1));
    }
}
