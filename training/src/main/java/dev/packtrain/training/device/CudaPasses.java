package dev.packtrain.training.device;

import dev.packtrain.kernels.KernelUnavailableException;
import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.cuda.GpuPasses;
import dev.packtrain.kernels.cuda.QuantizedCuda;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * Packtrain's kernels on a GPU for all of a step but attention and products of dense matrices, and the stream to put them on. Loaded when a
 * GPU is first asked for, for the rest of the process.
 *
 * <p>A build without them, or a GPU that is too old, computes with libtorch's operations instead: the same numbers up to
 * roundings, more memory traffic. {@link #describe} says which it is.
 */
public final class CudaPasses {
    private static final Map<Integer, Found> FOUND = new ConcurrentHashMap<>();

    private final GpuPasses kernels;
    private final Supplier<CUstream_st> stream;
    private final Map<QuantizedFormat, Tensor> quantizedValues = new ConcurrentHashMap<>();

    CudaPasses(GpuPasses kernels, Supplier<CUstream_st> stream) {
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
     * Those of a GPU, if this build has them and it can run them.
     *
     * @param gpu usable in this process
     */
    public static Optional<CudaPasses> on(ComputeDevice gpu) {
        return found(gpu).passes();
    }

    private static Found found(ComputeDevice gpu) {
        return FOUND.computeIfAbsent(gpu.index(), CudaPasses::find);
    }

    private static Found find(int index) {
        try {
            GpuPasses kernels = GpuPasses.load(index);
            Supplier<CUstream_st> stream = () -> torch_cuda.getCurrentCUDAStream((byte) index).stream();
            return new Found(Optional.of(new CudaPasses(kernels, stream)), "");
        } catch (KernelUnavailableException missing) {
            return new Found(Optional.empty(), missing.getMessage());
        }
    }

    /** One sentence for a person: what computes norms, rotations, activations, the loss and the optimizer's step there. */
    public static String describe(ComputeDevice gpu) {
        String what = "Norms, rotary positions, SwiGLU, the loss, AdamW and quantised weights (bf16) are computed by ";
        return on(gpu).isPresent()
                ? what + "Packtrain's kernels for GPUs."
                : what + "libtorch's operations, which take longer, because its own kernels cannot be had: "
                        + found(gpu).absence();
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
