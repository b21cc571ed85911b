package dev.packtrain.training.peft;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.LowRankProducts;
import dev.packtrain.kernels.NarrowMatrix;
import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorFactory;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Branches by this project's CPU kernels: the input and the gradients of the results are read once for all that is made of
 * them. r and h are fp32, {@code [T, R]} with every R padded to a multiple of {@value LowRankProducts#RANK_TILE}.
 *
 * @param linears of one input, of the kernels' dtype
 */
record NativeLoraBranches(List<LoraLinear> linears, LowRankProducts products) implements LoraBranches {
    static NativeLoraBranches of(List<LoraLinear> linears, ScalarType dtype) {
        return new NativeLoraBranches(linears, dtype == ScalarType.Float ? Kernels.FP32 : Kernels.BF16);
    }

    /** Asked for once. */
    private static final class Kernels {
        static final LowRankProducts FP32 = LowRankProducts.forThisMachine(ElementType.FP32);
        static final LowRankProducts BF16 = LowRankProducts.forThisMachine(ElementType.BF16);
    }

    @Override
    public void addTo(Tensor xTI, List<Tensor> results) {
        Tensor reducedTR = reduced(xTI);
        long from = 0;
        for (int i = 0; i < linears.size(); i++) {
            NarrowMatrix up = up(linears.get(i));
            products.addProduct(
                    rows(results.get(i)),
                    List.of(up),
                    factor(reducedTR, from, linears.get(i).factor()));
            from += up.paddedRank();
        }
    }

    @Override
    public Tensor addGradients(Tensor xTI, List<Tensor> gradients) {
        Tensor reducedTR = reduced(xTI);
        Tensor hTR = TensorFactory.like(xTI).empty(ScalarType.Float, reducedTR.shape());
        long from = 0;
        for (int i = 0; i < linears.size(); i++) {
            LoraLinear linear = linears.get(i);
            NarrowMatrix up = up(linear);
            products.projectAndAddOuter(
                    rows(gradients.get(i).contiguous()),
                    List.of(up),
                    factor(hTR, from, linear.factor()),
                    List.of(matrix(LeafGradient.of(linear.up().tensor()), linear.rank(), true)),
                    factor(reducedTR, from, linear.factor()));
            from += up.paddedRank();
        }
        addDownGradients(xTI, hTR);
        return hTR;
    }

    private void addDownGradients(Tensor xTI, Tensor hTR) {
        LowRankProducts.Rows rows = rows(xTI.contiguous());
        if (linears.stream().allMatch(linear -> linear.down().isTrained())) {
            products.addOuter(
                    rows, linears.stream().map(NativeLoraBranches::downGradient).toList(), factor(hTR, 0, 1));
            return;
        }
        long from = 0;
        for (LoraLinear linear : linears) {
            if (linear.down().isTrained()) {
                products.addOuter(rows, List.of(downGradient(linear)), factor(hTR, from, 1));
            }
            from += up(linear).paddedRank();
        }
    }

    @Override
    public void addInputGradient(Tensor gradTI, Tensor h) {
        products.addProduct(rows(gradTI), downs(), factor(h, 0, 1));
    }

    private Tensor reduced(Tensor xTI) {
        List<NarrowMatrix> downs = downs();
        long width = downs.stream().mapToLong(NarrowMatrix::paddedRank).sum();
        Tensor reducedTR = TensorFactory.like(xTI).empty(ScalarType.Float, xTI.size(0), width);
        products.project(rows(xTI.contiguous()), downs, factor(reducedTR, 0, 1));
        return reducedTR;
    }

    private List<NarrowMatrix> downs() {
        return linears.stream()
                .map(linear -> matrix(linear.down().tensor(), linear.rank(), false))
                .toList();
    }

    private static NarrowMatrix downGradient(LoraLinear linear) {
        return matrix(LeafGradient.of(linear.down().tensor()), linear.rank(), false);
    }

    private static NarrowMatrix up(LoraLinear linear) {
        return matrix(linear.up().tensor(), linear.rank(), true);
    }

    private static NarrowMatrix matrix(Tensor tensor, long rank, boolean isTransposed) {
        requireContiguous(tensor);
        return new NarrowMatrix(tensor.data_ptr().address(), rank, isTransposed);
    }

    private static LowRankProducts.Rows rows(Tensor matrix) {
        requireContiguous(matrix);
        return new LowRankProducts.Rows(matrix.data_ptr().address(), matrix.size(0), matrix.size(1), matrix.size(1));
    }

    private static LowRankProducts.Factor factor(Tensor tensorTR, long from, double scale) {
        long width = tensorTR.size(1);
        return new LowRankProducts.Factor(tensorTR.data_ptr().address() + from * Float.BYTES, width, scale);
    }

    private static void requireContiguous(Tensor tensor) {
        if (!tensor.is_contiguous()) {
            throw new IllegalArgumentException("a tensor of shape %s is not contiguous, as these kernels want it"
                    .formatted(Arrays.toString(tensor.shape())));
        }
    }
}
