package dev.packtrain.training.optim;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.EmulatedGpu;
import dev.packtrain.training.device.TensorFactory;

/** Run by {@link dev.packtrain.training.device.EmulatedContractsTest}. */
class FlatMathOnEmulatedGpu extends CudaFlatMathContractTest {
    private final CudaPasses passes = EmulatedGpu.passes();

    @Override
    FlatMath math() {
        return new CudaFlatMath(passes);
    }

    @Override
    TensorFactory memory() {
        return new TensorFactory(ComputeDevice.CPU);
    }
}
