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
        if (device.kind() == ComputeDevice.Kind.CUDA && (dtype == ScalarType.BFloat16 || dtype == ScalarType.Half)) {
            return new AttentionChoice(new FlashMaskCudaAttention(device), "use_flash_attention or flash_mask is true");
        }
        throw new BadInputException(
                "use_flash_attention or flash_mask is true, which asks for Packtrain's own attention kernels, and there are none for %s on %s; leave both keys out to take the fastest kernel that there is."
                        .formatted(dtype, device.kind()));
    }

    private static AttentionChoice fastest(ComputeDevice device, ScalarType dtype) {
        return switch (device.kind()) {
            case CPU -> new AttentionChoice(new FlashCpuAttention(), "it is the fastest for " + dtype + " on a CPU");
            case CUDA -> new AttentionChoice(new SdpaAttention(), "it is the fastest for " + dtype + " on a GPU");
        };
    }

    /** One sentence for a person. */
    public String describe() {
        return "Attention is computed by " + kernel.name() + ", because " + reason + ".";
    }
}
