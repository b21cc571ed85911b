package dev.packtrain.jobs.doctor;

import dev.packtrain.kernels.GpuCapabilities;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.attention.AttentionChoice;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.options.AttentionOption;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** GPUs, and whether this build of libtorch uses them. After {@link LibtorchCheck}. */
final class GpuCheck implements Check {
    private static final double GIB = 1L << 30;

    @Override
    public String what() {
        return "GPUs";
    }

    @Override
    public Finding run() {
        GpuCapabilities here = GpuCapabilities.probe();
        if (here.gpus().isEmpty()) {
            return Finding.ok("none (%s); ranks compute on the CPU".formatted(here.absentReason()));
        }
        if (!torch.cuda_is_available()) {
            return judge(here, false);
        }
        ComputeDevice gpu = new ComputeDevice(ComputeDevice.Kind.CUDA, 0);
        String found = "%s; in bf16: %s"
                .formatted(
                        judge(here, true).text(),
                        AttentionChoice.of(AttentionOption.AUTO, gpu, ScalarType.BFloat16)
                                .describe());
        return judge(found, () -> CudaPasses.describe(gpu));
    }

    /**
     * Whether the kernels beside attention compute rightly.
     *
     * @param passes says what computes there, or throws what is wrong with it
     */
    static Finding judge(String found, Supplier<String> passes) {
        try {
            return Finding.ok(found + " " + passes.get());
        } catch (BadInputException wrong) {
            return Finding.fail(
                    found + " " + wrong.getMessage(), "train with --use_fused_kernels false until that is repaired");
        }
    }

    static Finding judge(GpuCapabilities here, boolean usable) {
        String found = "%d, CUDA up to %s: %s"
                .formatted(
                        here.gpus().size(),
                        here.cudaVersion(),
                        here.gpus().stream()
                                .map(gpu -> String.format(
                                        Locale.ROOT,
                                        "%s %.0f GiB (compute capability %d.%d)",
                                        gpu.name(),
                                        gpu.memoryBytes() / GIB,
                                        gpu.capabilityMajor(),
                                        gpu.capabilityMinor()))
                                .collect(Collectors.joining(", ")));
        return usable
                ? Finding.ok(found)
                : Finding.warn(found + "; this build of libtorch cannot use them", "build with mvn -Pgpu package");
    }
}
