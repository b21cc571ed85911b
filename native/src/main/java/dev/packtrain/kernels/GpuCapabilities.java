package dev.packtrain.kernels;

import java.util.Arrays;
import java.util.List;

/**
 * The NVIDIA GPUs that this process can see.
 *
 * @param gpus in the driver's order (CUDA_VISIBLE_DEVICES counts); empty if there is none
 * @param absentReason why {@code gpus} is empty, in words; empty otherwise
 * @param cudaVersion newest CUDA that the driver runs, such as "13.1"; empty without a driver
 */
public record GpuCapabilities(List<Gpu> gpus, String absentReason, String cudaVersion) {
    /**
     * One GPU.
     *
     * @param name as the driver says it
     * @param memoryBytes total memory
     * @param capabilityMajor compute capability before the point
     * @param capabilityMinor compute capability after the point
     */
    public record Gpu(String name, long memoryBytes, int capabilityMajor, int capabilityMinor) {}

    /** Takes an immutable copy. */
    public GpuCapabilities {
        gpus = List.copyOf(gpus);
    }

    /**
     * Asks the driver, if there is one. Creates no CUDA context.
     *
     * @throws KernelUnavailableException if the native library cannot be loaded
     */
    public static GpuCapabilities probe() {
        NativeLibrary.require();
        return parse(NativeCalls.probeGpus());
    }

    static GpuCapabilities parse(String[] lines) {
        int version = Integer.parseInt(lines[1]);
        List<Gpu> gpus =
                Arrays.stream(lines).skip(2).map(GpuCapabilities::parseGpu).toList();
        String reason = gpus.isEmpty() && lines[0].isEmpty() ? "the NVIDIA driver reports 0 GPUs" : lines[0];
        return new GpuCapabilities(gpus, reason, version == 0 ? "" : version / 1000 + "." + version % 1000 / 10);
    }

    private static Gpu parseGpu(String line) {
        String[] fields = line.split("\t", -1);
        return new Gpu(fields[0], Long.parseLong(fields[1]), Integer.parseInt(fields[2]), Integer.parseInt(fields[3]));
    }
}
