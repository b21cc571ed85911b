package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.ComputeDevice;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Products with a quantised matrix {@code [O, I]}: of the same numbers on every device. */
public interface QuantizedProduct {
    /**
     * For matrices of a layout.
     *
     * @param dtype of activations: this project's CPU kernels take fp32 and bf16, libtorch's operations any
     */
    static QuantizedProduct of(QuantizedLayout layout, ScalarType dtype, ComputeDevice device) {
        boolean kernels = dtype == ScalarType.Float || dtype == ScalarType.BFloat16;
        return device.kind() == ComputeDevice.Kind.CPU && kernels
                ? new CpuQuantizedProduct(layout, dtype)
                : new TorchQuantizedProduct(layout, dtype);
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
