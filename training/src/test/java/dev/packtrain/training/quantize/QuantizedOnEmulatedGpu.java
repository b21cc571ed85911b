package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.EmulatedGpu;
import dev.packtrain.training.device.TensorFactory;

/** Run by {@link dev.packtrain.training.device.EmulatedContractsTest}. */
class QuantizedOnEmulatedGpu extends QuantizedOnGpuContractTest {
    private final CudaPasses passes = EmulatedGpu.passes();

    @Override
    QuantizedProduct product(QuantizedLayout layout) {
        return new CudaQuantizedProduct(layout, passes, memory());
    }

    @Override
    TensorFactory memory() {
        return new TensorFactory(ComputeDevice.CPU);
    }
}
