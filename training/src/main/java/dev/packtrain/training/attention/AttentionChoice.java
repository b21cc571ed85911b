package dev.packtrain.training.attention;

import dev.packtrain.kernels.AttentionShape;
import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.kernels.KernelUnavailableException;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.options.AttentionOption;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The kernel that a model computes attention with.
 *
 * @param kernel the kernel
 * @param reason why this one, a clause for a person
 */
public record AttentionChoice(AttentionKernel kernel, String reason) {
    /** Chooses for a model whose layers see whole documents: {@link #of(AttentionOption, ComputeDevice, ScalarType, boolean)}. */
    public static AttentionChoice of(AttentionOption wanted, ComputeDevice device, ScalarType dtype) {
        return of(wanted, device, dtype, false);
    }

    /**
     * Chooses.
     *
     * @param wanted what the recipe asks for
     * @param device where the model lives
     * @param dtype of its activations
     * @param windows whether some of its layers have a sliding window, which not every kernel knows
     * @throws BadInputException if the recipe asks for what does not exist for the device or dtype
     */
    public static AttentionChoice of(AttentionOption wanted, ComputeDevice device, ScalarType dtype, boolean windows) {
        return switch (wanted) {
            case PLAIN -> new AttentionChoice(new ReferenceAttention(), "use_flash_attention is false");
            case FLASH -> flash(device, dtype);
            case AUTO -> fastest(device, dtype, windows);
        };
    }

    /**
     * Chooses for a model whose heads may be wider than kernels of our own take: the plain formula knows any width. Our own kernels for a GPU
     * are checked on it.
     *
     * @param headDim width of a head
     * @throws BadInputException as above, or if the recipe asks for kernels that do not take such heads, or one computes wrongly
     */
    public static AttentionChoice of(
            AttentionOption wanted, ComputeDevice device, ScalarType dtype, boolean windows, int headDim) {
        AttentionChoice choice = of(wanted, device, dtype, windows);
        if (choice.kernel() instanceof FlashAttention2Varlen && !FlashAttention2Varlen.supports(headDim)) {
            return new AttentionChoice(
                    new SdpaAttention(),
                    "the model's head_dim is %d, and FlashAttention-2 takes multiples of 8 up to 256"
                            .formatted(headDim));
        }
        boolean onCpu = choice.kernel() instanceof FlashMaskCpuAttention;
        boolean onGpu = choice.kernel() instanceof FlashMaskCudaAttention;
        if ((!onCpu || headDim <= AttentionShape.LARGEST) && (!onGpu || AttentionShape.supports(headDim))) {
            if (choice.kernel() instanceof FlashMaskCudaAttention ours) {
                ours.requireRight(dtype, headDim);
            }
            return choice;
        }
        String taken =
                onCpu ? "1 to " + AttentionShape.LARGEST : "multiples of 16 from 32 to " + AttentionShape.LARGEST;
        if (wanted == AttentionOption.FLASH) {
            throw new BadInputException(
                    "use_flash_attention or flash_mask is true, but the model's head_dim is %d and Packtrain's own attention kernels take %s; leave both keys out."
                            .formatted(headDim, taken));
        }
        return new AttentionChoice(
                new ReferenceAttention(),
                "the model's head_dim is %d, and what is faster takes %s".formatted(headDim, taken));
    }

    private static AttentionChoice flash(ComputeDevice device, ScalarType dtype) {
        String reason = "use_flash_attention or flash_mask is true";
        if (isForCpu(device, dtype)) {
            return new AttentionChoice(new FlashMaskCpuAttention(dtype), reason);
        }
        if (device.kind() == ComputeDevice.Kind.CUDA && isForGpu(dtype)) {
            return new AttentionChoice(onGpu(device), reason);
        }
        throw new BadInputException(
                "use_flash_attention or flash_mask is true, which asks for Packtrain's own attention kernels, and there are none for %s on %s; leave both keys out to take the fastest kernel that there is."
                        .formatted(dtype, device.kind()));
    }

    private static AttentionKernel onGpu(ComputeDevice device) {
        try {
            return new FlashMaskCudaAttention(device);
        } catch (KernelUnavailableException e) {
            throw new BadInputException(
                    "use_flash_attention or flash_mask is true, and cannot be had here: " + e.getMessage(), e);
        }
    }

    private static AttentionChoice fastest(ComputeDevice device, ScalarType dtype, boolean windows) {
        if (isForCpu(device, dtype)) {
            return new AttentionChoice(
                    new FlashMaskCpuAttention(dtype),
                    "it is the fastest for " + (dtype == ScalarType.BFloat16 ? "bf16" : "fp32")
                            + " on this CPU and takes every mask");
        }
        return switch (device.kind()) {
            case CPU -> new AttentionChoice(new ReferenceAttention(), "nothing faster computes in " + dtype);
            case CUDA -> windows ? withWindowsOnGpu(device, dtype) : forDocumentsOnGpu(device, dtype);
        };
    }

    private static AttentionChoice forDocumentsOnGpu(ComputeDevice device, ScalarType dtype) {
        if (!isForGpu(dtype)) {
            return new AttentionChoice(new SdpaAttention(), "nothing faster computes in " + dtype + " on a GPU");
        }
        List<GpuCapabilities.Gpu> gpus = GpuCapabilities.probe().gpus();
        boolean old = device.index() < gpus.size()
                && gpus.get(device.index()).capabilityMajor() < FlashAttention2Varlen.CAPABILITY;
        return old
                ? new AttentionChoice(
                        new SdpaAttention(),
                        "FlashAttention-2 needs compute capability %d.0, which this GPU does not have"
                                .formatted(FlashAttention2Varlen.CAPABILITY))
                : new AttentionChoice(
                        new FlashAttention2Varlen(), "it takes all documents of a pack in one call of libtorch");
    }

    /** The plain formula where nothing better is there, and then it is said what is missing. */
    private static AttentionChoice withWindowsOnGpu(ComputeDevice device, ScalarType dtype) {
        if (!isForGpu(dtype)) {
            return new AttentionChoice(
                    new ReferenceAttention(),
                    "the model has sliding windows, and nothing faster for " + dtype + " on a GPU knows them");
        }
        try {
            return new AttentionChoice(
                    new FlashMaskCudaAttention(device), "it is the fastest on a GPU that knows the model's windows");
        } catch (KernelUnavailableException missing) {
            return new AttentionChoice(
                    new ReferenceAttention(),
                    "the model has sliding windows, and the kernels that know them are missing: "
                            + missing.getMessage());
        }
    }

    private static boolean isForGpu(ScalarType dtype) {
        return dtype == ScalarType.BFloat16 || dtype == ScalarType.Half;
    }

    private static boolean isForCpu(ComputeDevice device, ScalarType dtype) {
        return device.kind() == ComputeDevice.Kind.CPU && (dtype == ScalarType.Float || dtype == ScalarType.BFloat16);
    }

    /** One sentence for a person. */
    public String describe() {
        return "Attention is computed by " + kernel.name() + ", because " + reason + ".";
    }
}
