package dev.packtrain.training.peft;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The orthonormal rows next to those of a matrix: with {@code A = S Q}, S symmetric and positive, {@code Q = (A Aᵀ)^(−1/2) A}.
 * A function of A alone, smooth wherever the rows are independent, so a matrix that is to stay orthonormal can be trained
 * through it without constraints: by any optimizer, in pieces, and from any checkpoint.
 *
 * @param qRE Q
 * @param basisRR eigenvectors of S, by columns
 * @param valuesR eigenvalues of S
 */
record PolarFactor(Tensor qRE, Tensor basisRR, Tensor valuesR) {
    /** Of a matrix with fewer rows than columns, fp32 or fp64. */
    static PolarFactor of(Tensor aRE) {
        T_TensorTensor_T eigen = torch.linalg_eigh(aRE.mm(aRE.t()));
        Tensor values = new Tensor(eigen.get0()).sqrt();
        Tensor basis = new Tensor(eigen.get1());
        return new PolarFactor(inverse(basis, values).mm(aRE), basis, values);
    }

    private static Tensor inverse(Tensor basis, Tensor values) {
        return basis.div(values).mm(basis.t());
    }

    /**
     * The gradient of A from that of Q. Of dA, what turns the rows within their own space is dQ Qᵀ = K, skew, with S K + K S =
     * dA Qᵀ − Q dAᵀ; what turns them out of it is S⁻¹ dA (1 − QᵀQ). This is the adjoint of both.
     */
    Tensor backward(Tensor gradRE) {
        Tensor m = gradRE.mm(qRE.t());
        Tensor skew = m.sub(m.t()).mul(new Scalar(0.5));
        Tensor sums = valuesR.unsqueeze(0).add(valuesR.unsqueeze(1));
        Tensor y = basisRR.mm(basisRR.t().mm(skew).mm(basisRR).div(sums)).mm(basisRR.t());
        Tensor outside = gradRE.sub(m.mm(qRE));
        return inverse(basisRR, valuesR).mm(outside).add(y.mm(qRE), new Scalar(2));
    }
}
