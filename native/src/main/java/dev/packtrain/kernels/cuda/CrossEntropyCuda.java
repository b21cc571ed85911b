package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.ElementType;
import org.bytedeco.cuda.cudart.CUstream_st;

/**
 * Softmax, cross-entropy and its gradient over rows of logits on an NVIDIA GPU. For a row {@code x} with target {@code t} the
 * loss is {@code log Σ exp(xᵢ − max x) − (x_t − max x)} in nats and the gradient {@code (softmax(x) − onehot(t)) · scale}, in
 * place of the logits. Logits are read twice, and written once for the gradient; arithmetic is fp32. Logits of −∞ count
 * nothing; a NaN or +∞ in a row makes its loss NaN. Calls put a kernel on the stream and return; equal calls give equal bits.
 */
public final class CrossEntropyCuda {
    /** A largest number and a sum for each warp. */
    private static final int SHARED_BYTES = FlashMaskTiles.THREADS / 32 * 2 * Float.BYTES;

    private final GpuModule module;

    CrossEntropyCuda(GpuModule module) {
        this.module = module;
    }

    /**
     * Device addresses of rows of logits.
     *
     * @param logits {@code [rows, cols]}
     * @param targets int64 {@code [rows]}, each at least 0 and less than {@code cols}: others cannot be noticed
     * @param nats fp32 {@code [rows]}, receives the loss of each row
     * @param rows 0 or more
     * @param cols the vocabulary, 1 or more
     */
    public record Rows(long logits, long targets, long nats, long rows, long cols) {}

    /** The losses alone; the logits stay as they are. */
    public void loss(ElementType type, Rows rows, CUstream_st stream) {
        launch(type, rows, 0, 0, stream);
    }

    /** The losses, not scaled, and {@code scale} times the gradient in place of the logits. */
    public void lossAndGradient(ElementType type, Rows rows, double scale, CUstream_st stream) {
        launch(type, rows, (float) scale, 1, stream);
    }

    /**
     * Device addresses of a part of the vocabulary, where others hold the rest.
     *
     * @param logits {@code [rows, cols]}
     * @param targets int64 {@code [rows]}: a column, or negative where another part holds the target
     * @param largest fp32 {@code [rows]}: {@code m = max xᵢ}
     * @param sums fp32 {@code [rows]}: {@code Σ exp(xᵢ − m)}
     */
    public record Part(long logits, long targets, long largest, long sums, long rows, long cols) {}

    /**
     * What a part says of each row: writes its {@code largest} and {@code sums}.
     *
     * @param targetLogits device address of fp32 {@code [rows]}, receives {@code x_t}; 0 where another part holds the target
     */
    public void statistics(ElementType type, Part part, long targetLogits, CUstream_st stream) {
        launch("softmax_statistics", type, part, targetLogits, 0, SHARED_BYTES, stream);
    }

    /** {@code scale} times the gradient in place of the logits, by the {@code largest} and {@code sums} of the whole vocabulary. */
    public void partGradient(ElementType type, Part part, double scale, CUstream_st stream) {
        launch("softmax_part_gradient", type, part, 0, (float) scale, 0, stream);
    }

    private void launch(
            String kernel,
            ElementType type,
            Part part,
            long targetLogits,
            float scale,
            int sharedBytes,
            CUstream_st stream) {
        if (part.rows() == 0) {
            return;
        }
        PassArguments.requireAddresses(type.bytes(), part.logits());
        PassArguments.requireAddresses(Long.BYTES, part.targets());
        PassArguments.requireAddresses(Float.BYTES, part.largest(), part.sums());
        long[] fields = {part.logits(), part.targets(), part.largest(), part.sums(), targetLogits, part.cols()};
        module.launch(
                PassArguments.kernel(kernel, type),
                new int[] {Math.toIntExact(part.rows()), 1},
                sharedBytes,
                PassArguments.of(fields, Float.floatToRawIntBits(scale)),
                stream);
    }

    private void launch(ElementType type, Rows rows, float scale, int withGradient, CUstream_st stream) {
        if (rows.rows() == 0) {
            return;
        }
        PassArguments.requireAddresses(type.bytes(), rows.logits());
        PassArguments.requireAddresses(Long.BYTES, rows.targets());
        PassArguments.requireAddresses(Float.BYTES, rows.nats());
        long[] fields = {rows.logits(), rows.targets(), rows.nats(), rows.cols()};
        module.launch(
                PassArguments.kernel("cross_entropy", type),
                new int[] {Math.toIntExact(rows.rows()), 1},
                SHARED_BYTES,
                PassArguments.of(fields, Float.floatToRawIntBits(scale), withGradient),
                stream);
    }
}
