package dev.packtrain.training.device;

import dev.packtrain.kernels.cuda.GpuPasses;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/** Packtrain's GPU kernels on the driver of native/src/test/sh/emulated-gpu.sh, whose memory is the host's: tensors stay on the CPU. */
public final class EmulatedGpu {
    private EmulatedGpu() {}

    /** For a JVM that finds that driver on its library path. */
    public static CudaPasses passes() {
        GpuPasses kernels = GpuPasses.load(0);
        CUstream_st stream = new CUstream_st();
        if (cudart.cuStreamCreate(stream, 0) != cudart.CUDA_SUCCESS) {
            throw new IllegalStateException("the emulated driver has a stream");
        }
        return new CudaPasses(kernels, () -> stream);
    }
}
