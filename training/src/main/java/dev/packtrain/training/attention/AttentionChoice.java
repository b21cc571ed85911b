package dev.packtrain.training.attention;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.options.AttentionOption;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The kernel that a model computes attention with.
 *
 * @param kernel the kernel
 * @param reason why this one, a clause for a person
 */
public record AttentionChoice(AttentionKernel kernel, String reason) {
    /**
     * Chooses.
     *
     * @param wanted what the recipe asks for
     * @param device where the model lives
     * @param dtype of its activations
     * @throws BadInputException if the recipe asks for what does not exist for the device or dtype
     */
    public static AttentionChoice of(AttentionOption wanted, ComputeDevice device, ScalarType dtype) {
        return switch (wanted) {
            case PLAIN -> new AttentionChoice(new ReferenceAttention(), "use_flash_attention is false");
            case FLASH -> flash(device, dtype);
            case AUTO -> fastest(device, dtype);
        };
    }

    private static AttentionChoice flash(ComputeDevice device, ScalarType dtype) {
        String reason = "use_flash_attention or flash_mask is true";
        if (isForCpu(device, dtype)) {
            return new AttentionChoice(new FlashMaskCpuAttention(), reason);
        }
        if (device.kind() == ComputeDevice.Kind.CUDA && (dtype == ScalarType.BFloat16 || dtype == ScalarType.Half)) {
            return new AttentionChoice(new FlashMaskCudaAttention(device), reason);
        }
        throw new BadInputException(
                "use_flash_attention or flash_mask is true, which asks for Packtrain's own attention kernels, and there are none for %s on %s; leave both keys out to take the fastest kernel that there is."
                        .formatted(dtype, device.kind()));
    }

    private static AttentionChoice fastest(ComputeDevice device, ScalarType dtype) {
        if (isForCpu(device, dtype)) {
            return new AttentionChoice(
                    new FlashMaskCpuAttention(),
                    "it is the fastest for " + dtype + " on this CPU and takes every mask");
        }
        return switch (device.kind()) {
            case CPU -> new AttentionChoice(new ReferenceAttention(), "nothing faster computes in " + dtype);
            case CUDA -> new AttentionChoice(new SdpaAttention(), "there is no faster kernel for a GPU yet");
        };
    }

    private static boolean isForCpu(ComputeDevice device, ScalarType dtype) {
        return device.kind() == ComputeDevice.Kind.CPU && (dtype == ScalarType.Float || dtype == ScalarType.BFloat16);
    }

    /** One sentence for a person. */
    public String describe() {
        return "Attention is computed by " + kernel.name() + ", because " + reason + ".";
    }
}
