package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.TensorSplit;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The largest singular values of a matrix {@code [O, I]}, with their vectors.
 *
 * @param left {@code [O, R]}, orthonormal columns
 * @param values {@code [R]}, descending
 * @param right {@code [R, I]}, orthonormal rows
 */
record SingularVectors(Tensor left, Tensor values, Tensor right) {
    /** Subspace iterations: PEFT's {@code pissa_niter_4}. */
    static final int ITERATIONS = 4;

    /** Directions beyond those wanted, which keep the last of these accurate (Halko et al., section 4.2). */
    private static final int OVERSAMPLING = 10;

    /**
     * Finds them; owned by the current scope.
     *
     * @param matrixOI fp32 or fp64
     * @param rank R, at most O and I
     * @param full by a decomposition of the whole matrix; else by randomised subspace iteration
     * @param key of the random directions to begin with
     */
    static SingularVectors of(Tensor matrixOI, int rank, boolean full, long key) {
        if (rank > Math.min(matrixOI.size(0), matrixOI.size(1))) {
            throw new BadInputException(
                    "lora_rank is %d, but a weight of %d × %d has only %d singular values; give a smaller lora_rank with pissa."
                            .formatted(
                                    rank,
                                    matrixOI.size(0),
                                    matrixOI.size(1),
                                    Math.min(matrixOI.size(0), matrixOI.size(1))));
        }
        Tensor[] found = TensorScope.many(() -> {
            Tensor[] all = full ? decomposed(matrixOI) : randomised(matrixOI, rank, key);
            return new Tensor[] {
                all[0].narrow(1, 0, rank).contiguous(),
                all[1].narrow(0, 0, rank).contiguous(),
                all[2].narrow(0, 0, rank).contiguous()
            };
        });
        return new SingularVectors(found[0], found[1], found[2]);
    }

    private static Tensor[] decomposed(Tensor matrix) {
        T_TensorTensorTensor_T usv = torch.linalg_svd(matrix, false, new StringViewOptional());
        return new Tensor[] {new Tensor(usv.get0()), new Tensor(usv.get1()), new Tensor(usv.get2())};
    }

    /** Halko, Martinsson, Tropp 2011 (arXiv 0909.4061), algorithms 4.4 and 5.1. */
    private static Tensor[] randomised(Tensor matrixOI, int rank, long key) {
        long numIn = matrixOI.size(1);
        long columns = Math.min(rank + OVERSAMPLING, Math.min(matrixOI.size(0), numIn));
        Tensor directionsIK = TensorFactory.like(matrixOI)
                .toDevice(ReproducibleBits.uniform(key, TensorSplit.whole(new long[] {numIn, columns}), 1)
                        .to(matrixOI.scalar_type().intern()));
        Tensor basisOK = basis(matrixOI.mm(directionsIK));
        for (int i = 0; i < ITERATIONS; i++) {
            basisOK = basis(matrixOI.mm(basis(matrixOI.t().mm(basisOK))));
        }
        Tensor[] small = decomposed(basisOK.t().mm(matrixOI));
        return new Tensor[] {basisOK.mm(small[0]), small[1], small[2]};
    }

    private static Tensor basis(Tensor matrix) {
        return new Tensor(torch.linalg_qr(matrix).get0());
    }
}
