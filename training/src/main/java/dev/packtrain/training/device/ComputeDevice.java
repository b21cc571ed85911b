package dev.packtrain.training.device;

import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.packing.BadInputException;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;

/**
 * A device by value, so that no native handle outlives its scope.
 *
 * @param kind CPU or CUDA
 * @param index 0-based GPU of this host; 0 for the CPU
 */
public record ComputeDevice(Kind kind, int index) {
    /** The host's memory. */
    public static final ComputeDevice CPU = new ComputeDevice(Kind.CPU, 0);

    /** Kinds of device. */
    public enum Kind {
        CPU,
        CUDA
    }

    /**
     * From a launch spec.
     *
     * @param name {@code "cpu"} or {@code "cuda"}
     * @param gpu the GPU to take, 0-based among those that this process sees
     */
    public static ComputeDevice of(String name, int gpu) {
        return switch (name) {
            case "cpu" -> CPU;
            case "cuda" -> new ComputeDevice(Kind.CUDA, gpu);
            default -> throw new BadInputException("device is '" + name + "', wanted cpu or cuda.");
        };
    }

    /**
     * Itself, if this process can compute on it. Loads libtorch.
     *
     * @throws BadInputException if it is a GPU and there is none, or libtorch is the build for CPUs
     */
    public ComputeDevice requireUsable() {
        if (kind == Kind.CUDA && !torch.cuda_is_available()) {
            List<GpuCapabilities.Gpu> gpus = GpuCapabilities.probe().gpus();
            throw new BadInputException(
                    gpus.isEmpty()
                            ? "device is cuda, but there is no GPU here (%s); run where there is one, or with device cpu."
                                    .formatted(GpuCapabilities.probe().absentReason())
                            : "device is cuda, but this build of libtorch cannot use the %d GPUs that are here; build Packtrain with mvn -Pgpu package, or run with device cpu."
                                    .formatted(gpus.size()));
        }
        return this;
    }

    /** A GPU's number and name, for a person. */
    public String title() {
        return "GPU %d (%s)"
                .formatted(index, GpuCapabilities.probe().gpus().get(index).name());
    }

    /** A fresh native handle, owned by the current scope. */
    public Device toTorch() {
        return switch (kind) {
            case CPU -> new Device(DeviceType.CPU);
            case CUDA -> new Device(DeviceType.CUDA, (byte) index);
        };
    }
}
