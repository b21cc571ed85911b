package dev.packtrain.training.peft;

import dev.packtrain.training.model.Parameter;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code ΔW = s · (B₁ A₁) ⊙ (B₂ A₂)} (Hyeon-Woo et al. 2021, arXiv 2108.06098, proposition 1) without ever making it: the
 * Hadamard product of matrices of rank R is a product of rank R², whose factors have the products of all pairs of rows of A₁
 * and A₂, and of columns of B₁ and B₂ (face-splitting products). So ranks share it as they share a LoRA.
 *
 * @param up1 B₁, {@code [O, R]}
 * @param down1 A₁, {@code [R, I]}
 * @param up2 B₂, {@code [O, R]}
 * @param down2 A₂, {@code [R, I]}
 * @param scale s
 */
record HadamardBranch(Parameter up1, Parameter down1, Parameter up2, Parameter down2, double scale) implements Branch {
    @Override
    public Tensor apply(Tensor xTI) {
        long rank = down1.tensor().size(0);
        Tensor downQI =
                down1.tensor().unsqueeze(1).mul(down2.tensor().unsqueeze(0)).view(rank * rank, -1);
        Tensor upOQ = up1.tensor().unsqueeze(2).mul(up2.tensor().unsqueeze(1)).view(-1, rank * rank);
        return xTI.mm(downQI.t()).mul(new Scalar(scale)).mm(upOQ.t());
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(up1, down1, up2, down2);
    }
}
