package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code ΔW = s · (B₁ A₁) ⊙ (B₂ A₂)} (Hyeon-Woo et al. 2021, arXiv 2108.06098, proposition 1) without ever making it: the
 * Hadamard product of matrices of rank R is a product {@code B A} of rank Q = R², whose factors have the products of all pairs
 * of rows of A₁ and A₂, and of columns of B₁ and B₂ (face-splitting products). So ranks share it as they share a LoRA. With
 * explicit gradients, those of B and A being LoRA's:
 *
 * <pre>
 *   B[o,qr] = B₁[o,q] B₂[o,r]             A[qr,i] = A₁[q,i] A₂[r,i]
 *   dB₁[o,q] = Σ_r dB[o,qr] B₂[o,r]       dB₂[o,r] = Σ_q dB[o,qr] B₁[o,q]
 *   dA₁[q,i] = Σ_r dA[qr,i] A₂[r,i]       dA₂[r,i] = Σ_q dA[qr,i] A₁[q,i]
 * </pre>
 *
 * @param up1 B₁, {@code [O, R]}
 * @param down1 A₁, {@code [R, I]}
 * @param up2 B₂, {@code [O, R]}
 * @param down2 A₂, {@code [R, I]}
 * @param scale s
 */
record HadamardBranch(Parameter up1, Parameter down1, Parameter up2, Parameter down2, double scale) implements Branch {
    @Override
    public void addTo(Tensor yTO, Tensor xTI) {
        yTO.addmm_(downQI().mm(xTI.t()).t(), upOQ().t(), new Scalar(1), new Scalar(scale));
    }

    @Override
    public void backward(Tensor xTI, Tensor gradTO, Tensor gradTI) {
        Tensor downQI = downQI();
        Tensor hQT = upOQ().t().mm(gradTO.t()).mul_(new Scalar(scale));
        gradTI.addmm_(hQT.t(), downQI);
        addDownGradients(hQT.mm(xTI));
        addUpGradients(downQI.mm(xTI.t()).mm(gradTO).mul_(new Scalar(scale)).t());
    }

    private Tensor downQI() {
        return down1.tensor().unsqueeze(1).mul(down2.tensor().unsqueeze(0)).view(rank() * rank(), -1);
    }

    private Tensor upOQ() {
        return up1.tensor().unsqueeze(2).mul(up2.tensor().unsqueeze(1)).view(-1, rank() * rank());
    }

    private void addDownGradients(Tensor gradQI) {
        Tensor gradRRI = gradQI.view(rank(), rank(), -1);
        add(down1, gradRRI.mul(down2.tensor().unsqueeze(0)), 1);
        add(down2, gradRRI.mul(down1.tensor().unsqueeze(1)), 0);
    }

    private void addUpGradients(Tensor gradOQ) {
        Tensor gradORR = gradOQ.reshape(-1, rank(), rank());
        add(up1, gradORR.mul(up2.tensor().unsqueeze(1)), 2);
        add(up2, gradORR.mul(up1.tensor().unsqueeze(2)), 1);
    }

    private static void add(Parameter factor, Tensor products, int dim) {
        LeafGradient.of(factor.tensor()).add_(products.sum(dim));
    }

    private long rank() {
        return down1.tensor().size(0);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(up1, down1, up2, down2);
    }
}
