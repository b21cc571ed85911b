package dev.packtrain.training.quantize;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.kernels.QuantizedRows;
import dev.packtrain.kernels.TwoLevelScales;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Quantises one matrix, of which a few rows are in memory at a time: rows that a part does not have are read only where its
 * numbers depend on them, which is for the mean of all scales in double quantisation.
 */
public final class WeightQuantizer {
    /** 32 MiB of fp32. */
    private static final long MOST_ELEMENTS = 1L << 23;

    private final QuantizedLayout layout;
    private final long wholeRows;
    private final RowSource source;
    private final float[] scales;
    private final long firstScaleRow;

    /** Where a matrix comes from. */
    @FunctionalInterface
    public interface RowSource {
        /**
         * Some rows with all their columns.
         *
         * @return {@code [count, I]}, contiguous, in host memory, of any floating dtype, owned by the current scope
         */
        Tensor rows(long first, long count);
    }

    private WeightQuantizer(QuantizedLayout layout, long wholeRows, RowSource source) {
        this.layout = layout;
        this.wholeRows = wholeRows;
        this.source = source;
        boolean all = layout.secondBlock() > 0;
        firstScaleRow = all ? 0 : layout.firstRow();
        long rows = all ? wholeRows : layout.rows();
        scales = new float[Math.toIntExact(rows * layout.wholeBlocks())];
    }

    /**
     * Quantises the checkpoint's own numbers, whatever the run's dtype: so a run in bf16 and one in fp32 have the same base.
     *
     * @param layout of the part
     * @param wholeRows rows of the matrix
     * @return uint8 {@code [layout.numBytes()]} in host memory, owned by the current scope
     */
    public static Tensor quantize(QuantizedLayout layout, long wholeRows, RowSource source) {
        return TensorScope.one(() -> {
            Tensor bytesB = new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Byte, layout.numBytes());
            new WeightQuantizer(layout, wholeRows, source).run(bytesB);
            return bytesB;
        });
    }

    private void run(Tensor bytesB) {
        long end = layout.firstRow() + layout.rows();
        if (layout.secondBlock() > 0) {
            scan(0, layout.firstRow(), bytesB);
            scan(end, wholeRows, bytesB);
        }
        scan(layout.firstRow(), end, bytesB);
        writeScales(bytesB);
    }

    /** Rows that are all in the part, or all outside of it. */
    private void scan(long begin, long end, Tensor bytesB) {
        long step = Math.max(1, MOST_ELEMENTS / layout.wholeCols());
        for (long row = begin; row < end; row += step) {
            long first = row;
            long count = Math.min(step, end - row);
            TensorScope.run(() -> quantizeRows(first, count, bytesB));
        }
    }

    private void quantizeRows(long first, long count, Tensor bytesB) {
        TensorFactory host = new TensorFactory(ComputeDevice.CPU);
        Tensor weights = source.rows(first, count);
        ElementType type = weights.scalar_type().intern() == ScalarType.BFloat16 ? ElementType.BF16 : ElementType.FP32;
        Tensor x = type == ElementType.BF16 ? weights : weights.to(ScalarType.Float);
        boolean inside = first >= layout.firstRow() && first < layout.firstRow() + layout.rows();
        long codes = inside
                ? bytesB.data_ptr().address() + (first - layout.firstRow()) * layout.rowBytes()
                : host.empty(ScalarType.Byte, count * layout.rowBytes())
                        .data_ptr()
                        .address();
        Tensor scalesOfRows = host.empty(ScalarType.Float, count * layout.wholeBlocks());
        QuantizedRows.forThisMachine(type)
                .quantize(
                        layout,
                        count,
                        x.data_ptr().address(),
                        codes,
                        scalesOfRows.data_ptr().address());
        int at = Math.toIntExact((first - firstScaleRow) * layout.wholeBlocks());
        scalesOfRows.data_ptr_float().get(scales, at, Math.toIntExact(count * layout.wholeBlocks()));
    }

    private void writeScales(Tensor bytesB) {
        if (layout.secondBlock() > 0) {
            TwoLevelScales levels = new TwoLevelScales(scales, Math.toIntExact(layout.secondBlock()));
            byte[] codes = levels.codes(layout);
            new BytePointer(bytesB.narrow(0, layout.scalesAt(), codes.length).data_ptr()).put(codes);
            put(bytesB, layout.secondsAt(), levels.seconds(layout));
            return;
        }
        int blocks = Math.toIntExact(layout.blocks());
        float[] part = new float[Math.toIntExact(layout.rows() * blocks)];
        for (int row = 0; row < layout.rows(); row++) {
            long from = row * layout.wholeBlocks() + layout.firstBlock();
            System.arraycopy(scales, Math.toIntExact(from), part, row * blocks, blocks);
        }
        put(bytesB, layout.scalesAt(), part);
    }

    private static void put(Tensor bytesB, long at, float[] values) {
        bytesB.narrow(0, at, (long) values.length * Float.BYTES)
                .view(ScalarType.Float)
                .data_ptr_float()
                .put(values);
    }
}
