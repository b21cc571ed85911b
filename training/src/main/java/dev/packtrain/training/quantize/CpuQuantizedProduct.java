package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.kernels.QuantizedRows;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.KernelFormat;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.WeightProduct;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * This project's CPU kernels. For a few tokens they read the codes and multiply in the cache; for more, a panel of the
 * matrix becomes numbers at a time, which libtorch multiplies: its products are faster per number, and the panel's cost is
 * shared by all tokens. Panels are columns of the result, so every sum is taken whole, and never more than {@value
 * #PANEL_BYTES} bytes. Both ways multiply the same numbers.
 */
final class CpuQuantizedProduct implements QuantizedProduct {
    private static final TensorFactory HOST = new TensorFactory(ComputeDevice.CPU);
    private static final long PANEL_BYTES = 1L << 22;
    /** A product of fewer columns than this would waste what is read of the other operand. */
    private static final long LEAST_PANEL = 64;

    private final QuantizedLayout layout;
    private final ScalarType dtype;
    private final QuantizedRows kernels;
    private final long fusedTokens;

    /** With the way that is faster at either number of tokens. */
    CpuQuantizedProduct(QuantizedLayout layout, ScalarType dtype) {
        this(layout, dtype, FusedTokens.of(dtype));
    }

    /** Up to {@code fusedTokens} tokens without libtorch. */
    CpuQuantizedProduct(QuantizedLayout layout, ScalarType dtype, long fusedTokens) {
        this.layout = layout;
        this.dtype = dtype;
        this.fusedTokens = fusedTokens;
        this.kernels = QuantizedRows.forThisMachine(KernelFormat.of(dtype));
    }

    @Override
    public Tensor apply(Tensor bytesB, Tensor xTI) {
        return product(bytesB, xTI, false);
    }

    @Override
    public Tensor transposed(Tensor bytesB, Tensor gradTO) {
        return product(bytesB, gradTO, true);
    }

    private Tensor product(Tensor bytesB, Tensor x, boolean transposed) {
        long wanted = transposed ? layout.rows() : layout.cols();
        if (x.scalar_type().intern() != dtype || x.dim() != 2 || x.size(1) != wanted) {
            throw new IllegalArgumentException("a product with quantised weights got %s of %s, wanted %s of [T, %d]"
                    .formatted(x.scalar_type().intern(), Arrays.toString(x.shape()), dtype, wanted));
        }
        return TensorScope.one(() -> {
            Tensor whole = x.contiguous();
            Tensor y = HOST.empty(dtype, x.size(0), transposed ? layout.cols() : layout.rows());
            if (x.size(0) <= fusedTokens) {
                fused(bytesB, whole, y, transposed);
            } else {
                byPanels(bytesB, whole, y, transposed);
            }
            return y;
        });
    }

    private void fused(Tensor bytesB, Tensor x, Tensor y, boolean transposed) {
        if (transposed) {
            kernels.transposedProduct(layout, bytes(bytesB), x.size(0), address(x), address(y));
        } else {
            kernels.product(layout, bytes(bytesB), x.size(0), address(x), address(y));
        }
    }

    private void byPanels(Tensor bytesB, Tensor x, Tensor y, boolean transposed) {
        long columns = y.size(1);
        long depth = transposed ? layout.rows() : layout.cols();
        long fits = PANEL_BYTES / (depth * torch.elementSize(dtype));
        // Even, so that a panel of columns begins with a whole byte.
        long step = Math.max(LEAST_PANEL, fits / LEAST_PANEL * LEAST_PANEL);
        for (long from = 0; from < columns; from += step) {
            long first = from;
            long count = Math.min(step, columns - from);
            TensorScope.run(() -> {
                Tensor panel = HOST.empty(dtype, transposed ? depth : count, transposed ? count : depth);
                QuantizedRows.Range range = transposed
                        ? new QuantizedRows.Range(0, depth, first, first + count)
                        : new QuantizedRows.Range(first, first + count, 0, depth);
                kernels.dequantize(layout, bytes(bytesB), range, address(panel));
                Tensor some = count == columns ? y : y.narrow(1, first, count);
                if (transposed) {
                    some.copy_(WeightProduct.inputGradient(x, panel));
                } else {
                    WeightProduct.forwardInto(some, x, panel);
                }
            });
        }
    }

    @Override
    public Tensor dense(Tensor bytesB) {
        Tensor w = HOST.empty(dtype, layout.rows(), layout.cols());
        kernels.dequantize(layout, bytes(bytesB), QuantizedRows.Range.all(layout), address(w));
        return w;
    }

    private long bytes(Tensor bytesB) {
        return address(QuantizedWeights.requireThere(layout, bytesB));
    }

    private static long address(Tensor tensor) {
        return tensor.data_ptr().address();
    }
}
