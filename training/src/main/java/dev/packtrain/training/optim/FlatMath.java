package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import org.bytedeco.pytorch.Tensor;

/** The two passes over flat tensors that a step needs. */
interface FlatMath {
    /** For tensors on a device: our kernels where they are, else libtorch's operations. */
    static FlatMath of(ComputeDevice device) {
        return switch (device.kind()) {
            case CPU -> new CpuFlatMath();
            case CUDA -> CudaPasses.on(device).<FlatMath>map(CudaFlatMath::new).orElseGet(TorchFlatMath::new);
        };
    }

    /** Whether moments may be bf16: rounded so that they keep moving. */
    boolean roundsMoments();

    /** Sum of squares of a flat fp32 or bf16 tensor: NaN or infinite if an element is. */
    double squares(Tensor values);

    /**
     * AdamW on master weights, and so on the model's weights, in place.
     *
     * @param step the numbers of the formula
     */
    void update(AdamWSlice slice, AdamWStep step);
}
