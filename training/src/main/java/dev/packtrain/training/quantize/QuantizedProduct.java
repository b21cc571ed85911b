package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Products with a quantised matrix {@code [O, I]}: of the same numbers on every device. */
public interface QuantizedProduct {
    /**
     * For matrices of a layout.
     *
     * @param dtype of activations: this project's kernels take fp32 and bf16 on the CPU, on a GPU bf16 and columns by
     *     eight; libtorch's operations any
     */
    static QuantizedProduct of(QuantizedLayout layout, ScalarType dtype, ComputeDevice device) {
        return switch (device.kind()) {
            case CPU ->
                dtype == ScalarType.Float || dtype == ScalarType.BFloat16
                        ? new CpuQuantizedProduct(layout, dtype)
                        : new TorchQuantizedProduct(layout, dtype);
            case CUDA ->
                CudaPasses.on(device)
                        .filter(passes -> CudaQuantizedProduct.takes(layout, dtype))
                        .<QuantizedProduct>map(
                                passes -> new CudaQuantizedProduct(layout, passes, new TensorFactory(device)))
                        .orElseGet(() -> new TorchQuantizedProduct(layout, dtype));
        };
    }

    /**
     * This project's CPU kernels with a limit of choice, for measurements.
     *
     * @param dtype fp32 or bf16
     * @param fusedTokens up to how many tokens codes are multiplied in the cache; from there on by panels
     */
    static QuantizedProduct onCpu(QuantizedLayout layout, ScalarType dtype, long fusedTokens) {
        return new CpuQuantizedProduct(layout, dtype, fusedTokens);
    }

    /**
     * {@code y = x·Wᵀ}.
     *
     * @param bytesB of W
     * @return a new {@code [T, O]}
     */
    Tensor apply(Tensor bytesB, Tensor xTI);

    /**
     * {@code dx = dy·W}.
     *
     * @param bytesB of W
     * @return a new {@code [T, I]}
     */
    Tensor transposed(Tensor bytesB, Tensor gradTO);

    /**
     * The numbers themselves.
     *
     * @return a new {@code [O, I]} in the dtype of activations
     */
    Tensor dense(Tensor bytesB);
}
