package dev.packtrain.training.device;

import dev.packtrain.kernels.cuda.GpuPasses;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/** Packtrain's GPU kernels on the driver of native/src/test/sh/emulated-gpu.sh, whose memory is the host's: tensors stay on the CPU. */
public final class EmulatedGpu {
    /** As a message names it. */
    public static final String NAME = "GPU 0 (emulated GPU)";

    /** Makes tensors that its kernels can reach. */
    public static final TensorFactory MEMORY = new TensorFactory(ComputeDevice.CPU);

    private static CudaPasses passes;

    private EmulatedGpu() {}

    /** For a JVM that finds that driver on its library path. */
    public static synchronized CudaPasses passes() {
        if (passes == null) {
            TorchRuntime.start(2);
            passes = checked();
        }
        return passes;
    }

    /** As a process takes the kernels of a GPU. */
    static CudaPasses checked() {
        GpuPasses kernels = GpuPasses.load(0);
        CUstream_st stream = new CUstream_st();
        if (cudart.cuStreamCreate(stream, 0) != cudart.CUDA_SUCCESS) {
            throw new IllegalStateException("the emulated driver has a stream");
        }
        return CudaPasses.checked(kernels, () -> stream, MEMORY, NAME);
    }

    /**
     * Makes a kernel wrong, or right again.
     *
     * @param kernel its name in the module
     * @param blocks how many of its blocks, the last ones, are never run; below 0: its launches fail
     */
    public static void leaveOut(String kernel, int blocks) {
        long[] address = {0};
        try (SizeTPointer bytes = new SizeTPointer(1)) {
            if (cudart.cuModuleGetGlobal(address, bytes, new CUmod_st(), kernel) != cudart.CUDA_SUCCESS) {
                throw new IllegalArgumentException("there is no kernel " + kernel);
            }
        }
        new At(address[0]).put(0, blocks);
    }

    /** An int somewhere in memory. */
    private static final class At extends IntPointer {
        At(long address) {
            super((Pointer) null);
            this.address = address;
        }
    }
}
