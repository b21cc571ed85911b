package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.options.QuantizationOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What quantising a matrix takes. */
public final class QuantizedWeights {
    private QuantizedWeights() {}

    /**
     * Where a part of a matrix lies in its bytes.
     *
     * @param wholeShape {@code [O, I]}
     * @param dim along which it is cut
     * @param from first index of the part along {@code dim}
     * @param length of the part along {@code dim}
     */
    public static QuantizedLayout layout(
            QuantizationOptions options, long[] wholeShape, int dim, long from, long length) {
        QuantizedFormat format =
                switch (options.algorithm()) {
                    case NF4 -> QuantizedFormat.NF4;
                    case FP4 -> QuantizedFormat.FP4;
                    case INT8 -> QuantizedFormat.INT8;
                    case INT4 -> QuantizedFormat.INT4;
                };
        boolean byRows = dim == 0;
        return new QuantizedLayout(
                format,
                format == QuantizedFormat.INT8 ? wholeShape[1] : options.blockSize(),
                options.doubleQuant() ? options.doubleQuantBlockSize() : 0,
                wholeShape[1],
                byRows ? from : 0,
                byRows ? length : wholeShape[0],
                byRows ? 0 : from,
                byRows ? wholeShape[1] : length);
    }

    /**
     * Bytes of a matrix in one process: about {@code 0.5 + 4/64} a weight with nf4 and fp4 in blocks of 64, {@code 0.5 + 1/64
     * + 4/(64·256)} with double quantisation, {@code 1 + 4/I} with int8; its three parts are padded to 64 bytes each.
     */
    public static long bytes(QuantizationOptions options, long numOut, long numIn) {
        return layout(options, new long[] {numOut, numIn}, 0, 0, numOut).numBytes();
    }

    /**
     * What a matrix is after it has been quantised.
     *
     * @param weightOI in host memory, of any floating dtype
     * @return fp32 {@code [O, I]}, owned by the current scope
     */
    public static Tensor roundTrip(QuantizationOptions options, Tensor weightOI) {
        return TensorScope.one(() -> {
            QuantizedLayout layout = layout(options, weightOI.shape(), 0, 0, weightOI.size(0));
            Tensor whole = weightOI.contiguous();
            Tensor bytesB =
                    WeightQuantizer.quantize(layout, weightOI.size(0), (first, count) -> whole.narrow(0, first, count));
            return QuantizedProduct.of(layout, ScalarType.Float, ComputeDevice.CPU)
                    .dense(bytesB);
        });
    }

    /**
     * A matrix, if it can be read now. Between uses under ZeRO's stage 3 the bytes are one byte that stands for all: reading on
     * from it would crash.
     *
     * @throws IllegalStateException if they are not there
     */
    static Tensor requireThere(QuantizedLayout layout, Tensor bytesB) {
        if (bytesB.scalar_type().intern() != ScalarType.Byte
                || bytesB.numel() != layout.numBytes()
                || !bytesB.is_contiguous()) {
            throw new IllegalStateException(
                    "a quantised weight is read while its %d bytes are not there".formatted(layout.numBytes()));
        }
        return bytesB;
    }
}
