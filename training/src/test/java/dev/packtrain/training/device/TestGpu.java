package dev.packtrain.training.device;

import dev.packtrain.kernels.GpuCapabilities;

/** For tests tagged {@code gpu}: where there is none they count as skipped, with the reason. */
public final class TestGpu {
    /** For {@code @EnabledIf}. */
    public static final String IS_THERE = "dev.packtrain.training.device.TestGpu#isThere";

    /** Why a test is skipped. */
    public static final String ABSENT = "this process sees no NVIDIA GPU";

    /** The first. */
    public static final ComputeDevice DEVICE = new ComputeDevice(ComputeDevice.Kind.CUDA, 0);

    private TestGpu() {}

    /** Whether the driver shows a GPU to this process. */
    public static boolean isThere() {
        return !GpuCapabilities.probe().gpus().isEmpty();
    }
}
