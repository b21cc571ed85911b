package dev.packtrain.training.device;

import dev.packtrain.kernels.KernelUnavailableException;
import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.cuda.GpuPasses;
import dev.packtrain.kernels.cuda.QuantizedCuda;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.FusedKernels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * Packtrain's kernels on a GPU for all of a step but attention and products of dense matrices, and the stream to put them on. Loaded when a
 * GPU is first asked for, for the rest of the process, and checked then on that very GPU ({@link PassesCheck}): a kernel that computes
 * wrongly ends the run before it has begun.
 *
 * <p>A build without them, or a GPU that is too old, computes with libtorch's operations instead, and so does a recipe that asks for them: the same
 * numbers up to roundings, more memory traffic. {@link #describe} says which it is.
 */
public final class CudaPasses {
    private static final String REMEDY =
            "set use_fused_kernels to false, which takes libtorch's operations instead of these kernels";
    private static final Map<Integer, Found> FOUND = new ConcurrentHashMap<>();
    private static final Map<Integer, FusedKernels> WANTED = new ConcurrentHashMap<>();

    private final GpuPasses kernels;
    private final Supplier<CUstream_st> stream;
    private final Map<QuantizedFormat, Tensor> quantizedValues = new ConcurrentHashMap<>();

    private CudaPasses(GpuPasses kernels, Supplier<CUstream_st> stream) {
        this.kernels = kernels;
        this.stream = stream;
    }

    /**
     * What a GPU has.
     *
     * @param absence why not, a sentence; empty if they are there
     */
    private record Found(Optional<CudaPasses> passes, String absence) {}

    /**
     * Takes what a recipe asks for, from now on in this process; where nothing was chosen, the kernels are taken if they are there.
     *
     * @param device where a model is going to live; there is nothing to choose on the CPU
     */
    public static void choose(ComputeDevice device, FusedKernels wanted) {
        if (device.kind() == ComputeDevice.Kind.CUDA) {
            WANTED.put(device.index(), wanted);
        }
    }

    /**
     * The same, and checks what was chosen at once.
     *
     * @param device usable in this process
     * @throws BadInputException as {@link #on} does
     */
    public static void take(ComputeDevice device, FusedKernels wanted) {
        choose(device, wanted);
        if (device.kind() == ComputeDevice.Kind.CUDA) {
            on(device);
        }
    }

    /**
     * Those of a GPU, if this build has them, it can run them and the recipe does not want libtorch's operations.
     *
     * @param gpu usable in this process
     * @throws BadInputException if one of them computes wrongly or fails there, or the recipe demands them and they cannot be had
     */
    public static Optional<CudaPasses> on(ComputeDevice gpu) {
        FusedKernels wanted = WANTED.getOrDefault(gpu.index(), FusedKernels.AUTO);
        if (wanted == FusedKernels.LIBTORCH) {
            return Optional.empty();
        }
        Found found = FOUND.computeIfAbsent(gpu.index(), CudaPasses::find);
        if (wanted == FusedKernels.OWN && found.passes().isEmpty()) {
            throw new BadInputException("use_fused_kernels is true, and cannot be had here: " + found.absence());
        }
        return found.passes();
    }

    private static Found find(int index) {
        try {
            GpuPasses kernels = GpuPasses.load(index);
            Supplier<CUstream_st> stream = () -> torch_cuda.getCurrentCUDAStream((byte) index).stream();
            TensorFactory memory = new TensorFactory(new ComputeDevice(ComputeDevice.Kind.CUDA, index));
            return new Found(
                    Optional.of(checked(kernels, stream, memory, memory.device().title())), "");
        } catch (KernelUnavailableException missing) {
            return new Found(Optional.empty(), missing.getMessage());
        }
    }

    /**
     * Kernels that have been found right. What the check took on the GPU is libtorch's again afterwards, and no generator was used.
     *
     * @param stream where to put them
     * @param memory makes tensors where they compute
     * @param gpu its number and name, for a person
     * @throws BadInputException if one computes wrongly or fails
     */
    static CudaPasses checked(GpuPasses kernels, Supplier<CUstream_st> stream, TensorFactory memory, String gpu) {
        CudaPasses passes = new CudaPasses(kernels, stream);
        List<PassesCheck> checks = checks();
        try {
            KernelAgreement.check(
                    gpu, REMEDY, agreement -> checks.forEach(check -> check.run(passes, memory, agreement)));
        } finally {
            passes.quantizedValues.values().forEach(Tensor::releaseReference);
            passes.quantizedValues.clear();
        }
        return passes;
    }

    private static List<PassesCheck> checks() {
        List<PassesCheck> checks = ServiceLoader.load(PassesCheck.class, PassesCheck.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        if (checks.isEmpty()) {
            throw new IllegalStateException("this build has GPU kernels, but META-INF/services names no check of them");
        }
        return checks;
    }

    /** One sentence for a person: what computes norms, rotations, activations, the loss and the optimizer's step there. */
    public static String describe(ComputeDevice gpu) {
        String what = "Norms, rotary positions, SwiGLU, the loss, AdamW and quantised weights (bf16) are computed by ";
        if (on(gpu).isPresent()) {
            return what + "Packtrain's kernels for GPUs, each of which was found right on this one.";
        }
        return WANTED.get(gpu.index()) == FusedKernels.LIBTORCH
                ? what + "libtorch's operations, because use_fused_kernels is false."
                : what + "libtorch's operations, which take longer, because its own kernels cannot be had: "
                        + FOUND.get(gpu.index()).absence();
    }

    /** The kernels. */
    public GpuPasses kernels() {
        return kernels;
    }

    /** Where libtorch puts its own kernels now. */
    public CUstream_st stream() {
        return stream.get();
    }

    /**
     * What kernels look the codes of a format up in, fp32, kept for the rest of the process.
     *
     * @param memory makes tensors on this GPU
     */
    public Tensor quantizedValues(QuantizedFormat format, TensorFactory memory) {
        return quantizedValues.computeIfAbsent(
                format, wanted -> new Kept().keep(memory.floats(QuantizedCuda.values(wanted))));
    }
}
