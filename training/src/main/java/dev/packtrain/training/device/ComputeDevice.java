package dev.packtrain.training.device;

import dev.packtrain.packing.BadInputException;
import org.bytedeco.pytorch.Device;
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

    /** A fresh native handle, owned by the current scope. */
    public Device toTorch() {
        return switch (kind) {
            case CPU -> new Device(DeviceType.CPU);
            case CUDA -> new Device(DeviceType.CUDA, (byte) index);
        };
    }
}
