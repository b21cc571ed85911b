package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.KernelUnavailableException;

/**
 * The kernels of a training step beside attention and matrix products, on one GPU: compute capability 8.0 or newer. Safe for
 * threads.
 *
 * <p>Their source is tested on an emulated GPU; on a real one they have not run yet.
 */
public final class GpuPasses implements AutoCloseable {
    private final GpuModule module;

    private GpuPasses(GpuModule module) {
        this.module = module;
    }

    /**
     * Loads the kernels onto a GPU.
     *
     * @param ordinal 0-based GPU of this process
     * @throws KernelUnavailableException if there is no driver, no such GPU, or no kernels for it in this build
     */
    public static GpuPasses load(int ordinal) {
        return new GpuPasses(GpuModule.load(ordinal));
    }

    /** Row-wise passes over matrices of a type. */
    public FusedRowsCuda rows(ElementType type) {
        return new FusedRowsCuda(module, type);
    }

    /** Cross-entropy over rows of logits. */
    public CrossEntropyCuda crossEntropy() {
        return new CrossEntropyCuda(module);
    }

    /** Passes over flat buffers. */
    public FlatCuda flat() {
        return new FlatCuda(module);
    }

    /** Quantised matrices. */
    public QuantizedCuda quantized() {
        return new QuantizedCuda(module);
    }

    /** Unloads the kernels; the caller has waited for the streams that run them. */
    @Override
    public void close() {
        module.close();
    }
}
