package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.kernels.ScaleCodes;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The formula in libtorch's operations, on any device: what the CPU's kernels are compared with. The whole matrix is there
 * as numbers for as long as a product takes.
 *
 * @param layout of the matrix
 * @param dtype of activations
 */
record TorchQuantizedProduct(QuantizedLayout layout, ScalarType dtype) implements QuantizedProduct {
    @Override
    public Tensor apply(Tensor bytesB, Tensor xTI) {
        return TensorScope.one(() -> torch.linear(xTI, dense(bytesB)));
    }

    @Override
    public Tensor transposed(Tensor bytesB, Tensor gradTO) {
        return TensorScope.one(() -> gradTO.mm(dense(bytesB)));
    }

    @Override
    public Tensor dense(Tensor bytesB) {
        return TensorScope.one(() -> {
            Tensor columns = TensorFactory.like(bytesB)
                    .longs(LongStream.range(layout.firstCol(), layout.firstCol() + layout.cols())
                            .map(column -> column / layout.block() - layout.firstBlock()));
            Tensor scalesOI = scales(bytesB).index_select(1, columns);
            return codes(bytesB).mul(scalesOI).to(dtype);
        });
    }

    /** What the codes stand for, fp32 {@code [O, I]}. */
    private Tensor codes(Tensor bytesB) {
        TensorFactory tensors = TensorFactory.like(bytesB);
        Tensor bytesOB = bytesB.narrow(0, 0, layout.rows() * layout.rowBytes()).view(layout.rows(), layout.rowBytes());
        if (layout.format() == QuantizedFormat.INT8) {
            return bytesOB.view(ScalarType.Char).to(ScalarType.Float);
        }
        Tensor high = bytesOB.bitwise_right_shift(new Scalar(4));
        Tensor low = bytesOB.bitwise_and(new Scalar(15));
        Tensor pairs = torch.stack(new TensorVector(high, low), 2);
        Tensor index = pairs.view(layout.rows(), 2 * layout.rowBytes()).narrow(1, 0, layout.cols());
        return tensors.floats(layout.format().numbers())
                .index_select(0, index.reshape(-1).to(ScalarType.Long))
                .view(layout.rows(), layout.cols());
    }

    /** fp32 {@code [O, blocks]}. */
    private Tensor scales(Tensor bytesB) {
        long count = layout.rows() * layout.blocks();
        if (layout.secondBlock() == 0) {
            return floats(bytesB, layout.scalesAt(), count).view(layout.rows(), layout.blocks());
        }
        TensorFactory tensors = TensorFactory.like(bytesB);
        Tensor values = tensors.floats(ScaleCodes.values())
                .index_select(0, bytesB.narrow(0, layout.scalesAt(), count).to(ScalarType.Long));
        Tensor seconds = floats(bytesB, layout.secondsAt(), layout.numSeconds() + 1);
        long first = layout.firstRow() * layout.wholeBlocks() + layout.firstBlock();
        Tensor shared = tensors.longs(LongStream.range(0, count)
                .map(i -> (first + i / layout.blocks() * layout.wholeBlocks() + i % layout.blocks())
                                / layout.secondBlock()
                        - layout.firstSecond()));
        return values.mul(seconds.index_select(0, shared))
                .add(seconds.narrow(0, layout.numSeconds(), 1))
                .view(layout.rows(), layout.blocks());
    }

    private static Tensor floats(Tensor bytesB, long at, long count) {
        // A view as fp32 would want an offset that is a multiple of 4, which a part's bytes in a larger buffer have.
        return bytesB.narrow(0, at, count * Float.BYTES).clone().view(ScalarType.Float);
    }
}
