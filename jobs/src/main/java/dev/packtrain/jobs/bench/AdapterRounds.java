package dev.packtrain.jobs.bench;

import dev.packtrain.kernels.LowRankProducts;
import dev.packtrain.kernels.NarrowMatrix;
import dev.packtrain.training.device.KernelFormat;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A matrix of many rows, the narrow matrices of a LoRA beside it, and their products by libtorch and by this project's
 * kernels, each once a round. libtorch gets them in the layouts that its BLAS is fastest with.
 */
final class AdapterRounds {
    private final LowRankProducts products;
    private final long rank;
    private final Tensor mTN;
    private final Tensor narrowRN;
    private final Tensor narrowNR;
    private final Tensor gradRN;
    private final Tensor factorTR;
    /** The kernels' own: fp32, and padded. */
    private final Tensor factorTP;

    private final Tensor projectedTP;

    /** What is measured. */
    enum Product {
        PROJECT("x A^T", 1),
        OUTER("h^T x", 1),
        PROJECT_AND_OUTER("dy B and dy^T r", 2),
        ADD("y + r B^T", 1);

        private final String formula;
        private final int count;

        Product(String formula, int count) {
            this.formula = formula;
            this.count = count;
        }

        String formula() {
            return formula;
        }

        /** Products of matrices in it. */
        int count() {
            return count;
        }
    }

    /** Tensors belong to the current scope. */
    AdapterRounds(ScalarType dtype, long rows, long cols, long rank) {
        this.rank = rank;
        products = LowRankProducts.forThisMachine(KernelFormat.of(dtype));
        mTN = torch.randn(rows, cols).to(dtype);
        narrowRN = torch.randn(rank, cols).to(dtype);
        narrowNR = torch.randn(cols, rank).to(dtype);
        gradRN = torch.zeros_like(narrowRN);
        factorTR = torch.randn(rows, rank).to(dtype);
        long padded = matrix(narrowRN, false).paddedRank();
        factorTP = torch.zeros(rows, padded);
        factorTP.narrow(1, 0, rank).copy_(factorTR);
        projectedTP = torch.zeros(rows, padded);
    }

    /**
     * Medians over the rounds.
     *
     * @param libtorch seconds
     * @param kernels seconds
     * @param speedup libtorch over kernels, of the same round
     */
    record Result(double libtorch, double kernels, double speedup) {}

    Result run(int rounds, Product product, DeviceClock clock) {
        double[] libtorch = new double[rounds];
        double[] kernels = new double[rounds];
        double[] speedup = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            double theirs = clock.seconds(() -> byLibtorch(product));
            double ours = clock.seconds(() -> byKernels(product));
            if (round >= 0) {
                libtorch[round] = theirs;
                kernels[round] = ours;
                speedup[round] = theirs / ours;
            }
        }
        return new Result(BenchFigures.median(libtorch), BenchFigures.median(kernels), BenchFigures.median(speedup));
    }

    private void byLibtorch(Product product) {
        switch (product) {
            case PROJECT -> mTN.mm(narrowRN.t());
            case OUTER -> gradRN.addmm_(factorTR.t(), mTN);
            case PROJECT_AND_OUTER -> {
                mTN.mm(narrowNR.t().contiguous().t());
                gradRN.addmm_(factorTR.t(), mTN);
            }
            case ADD -> mTN.addmm_(factorTR, narrowNR.t());
        }
    }

    private void byKernels(Product product) {
        LowRankProducts.Rows rows =
                new LowRankProducts.Rows(mTN.data_ptr().address(), mTN.size(0), mTN.size(1), mTN.size(1));
        LowRankProducts.Factor projected = factor(projectedTP);
        LowRankProducts.Factor given = factor(factorTP);
        switch (product) {
            case PROJECT -> products.project(rows, List.of(matrix(narrowRN, false)), projected);
            case OUTER -> products.addOuter(rows, List.of(matrix(gradRN, false)), given);
            case PROJECT_AND_OUTER ->
                products.projectAndAddOuter(
                        rows, List.of(matrix(narrowNR, true)), projected, List.of(matrix(gradRN, true)), given);
            case ADD -> products.addProduct(rows, List.of(matrix(narrowNR, true)), given);
        }
    }

    private NarrowMatrix matrix(Tensor tensor, boolean isTransposed) {
        return new NarrowMatrix(tensor.data_ptr().address(), rank, isTransposed);
    }

    private static LowRankProducts.Factor factor(Tensor tensorTP) {
        return new LowRankProducts.Factor(tensorTP.data_ptr().address(), tensorTP.size(1), 1);
    }
}
