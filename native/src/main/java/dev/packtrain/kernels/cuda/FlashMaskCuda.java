package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.KernelUnavailableException;
import org.bytedeco.cuda.cudart.CUstream_st;

/**
 * FlashMask attention on an NVIDIA GPU (FlashAttention-2, Dao 2023, arXiv 2307.08691, over the tiles that FlashMask, Wang et
 * al. 2024, arXiv 2410.01359, leaves): bf16 or fp16 with sums in fp32. Calls put kernels on a stream and return; equal calls
 * give equal bits. Rows that see no key get zeros.
 *
 * <p>The source of the kernels is tested on an emulated GPU; on a real one they have not run yet.
 */
public final class FlashMaskCuda implements AutoCloseable {
    private final GpuModule module;

    private FlashMaskCuda(GpuModule module) {
        this.module = module;
    }

    /**
     * Inputs and output of the forward pass.
     *
     * @param q queries, {@code [numRows, numHeads, D]}
     * @param k keys, {@code [numKeys, numGroups, D]}
     * @param v values, {@code [numKeys, numGroups, D]}
     * @param o output, {@code [numRows, numHeads, D]}
     */
    public record Operands(DeviceMatrix q, DeviceMatrix k, DeviceMatrix v, DeviceMatrix o) {}

    /**
     * Gradients, in the shapes of what they are gradients of; the first is read, the others are written.
     *
     * @param o of the output
     * @param q of the queries
     * @param k of the keys
     * @param v of the values
     */
    public record Gradients(DeviceMatrix o, DeviceMatrix q, DeviceMatrix k, DeviceMatrix v) {}

    /**
     * Device addresses of what all launches of a pack share.
     *
     * @param tiles where {@link FlashMaskTiles#words()} lie
     * @param logSum fp32 {@code [numHeads, numPaddedRows]}: logarithms of the sums of exponentials, +∞ for rows without keys;
     *     the forward pass writes them and the backward pass reads them
     * @param delta fp32 {@code [numHeads, numPaddedRows]}, scratch of the backward pass; 0 in the forward pass
     */
    public record Workspace(long tiles, long logSum, long delta) {}

    /**
     * Loads the kernels onto a GPU.
     *
     * @param ordinal 0-based GPU of this process
     * @throws KernelUnavailableException if there is no driver, no such GPU, or no kernels for it in this build
     */
    public static FlashMaskCuda load(int ordinal) {
        return new FlashMaskCuda(GpuModule.load(ordinal));
    }

    /**
     * O = softmax(scale · QKᵀ under the mask) · V.
     *
     * @param stream where the kernel is put
     */
    public void forward(
            GpuAttentionShape shape, FlashMaskTiles tiles, Operands operands, Workspace workspace, CUstream_st stream) {
        FlashMaskArguments arguments = new FlashMaskArguments(shape, tiles, operands, null, workspace);
        launch(Pass.FORWARD, arguments, stream);
    }

    /**
     * Gradients of one {@link #forward}, in two passes: no number is summed by two threads.
     *
     * @param operands those of the forward pass, with the output that it wrote
     * @param workspace with the log-sums that it wrote
     * @param stream where the kernels are put
     */
    public void backward(
            GpuAttentionShape shape,
            FlashMaskTiles tiles,
            Operands operands,
            Gradients gradients,
            Workspace workspace,
            CUstream_st stream) {
        FlashMaskArguments arguments = new FlashMaskArguments(shape, tiles, operands, gradients, workspace);
        launch(Pass.ROW_SUMS, arguments, stream);
        launch(Pass.BACKWARD_QUERY, arguments, stream);
        launch(Pass.BACKWARD_KEY, arguments, stream);
    }

    private void launch(Pass pass, FlashMaskArguments arguments, CUstream_st stream) {
        GpuAttentionShape shape = arguments.shape();
        int[] grid = pass.grid(shape, arguments.tiles());
        module.launch(pass.function(shape), grid, pass.sharedBytes(shape.headDim()), arguments.toBytes(), stream);
    }

    /** Unloads the kernels; the caller has waited for the streams that run them. */
    @Override
    public void close() {
        module.close();
    }
}
