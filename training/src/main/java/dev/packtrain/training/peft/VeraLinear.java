package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code y = base(x) + b ⊙ (B (d ⊙ u))}, {@code u = A p(x)} with dropout p. The factors go into B, which is smaller than what
 * there is of every token, so what is left is a LoRA of A and {@code B' = b ⊙ B ⊙ d}; with explicit gradients:
 *
 * <pre>
 *   F  = B ⊙ Σₜ dy uᵀ                 [O, R]
 *   db = F d        dd = Fᵀ b
 *   dx = base's + p'(Aᵀ B'ᵀ dy)
 * </pre>
 *
 * @param base frozen
 * @param d {@code [R]}
 * @param b {@code [O]}
 * @param projection A and B, not trained
 * @param splits of a branch of this rank: which columns of A and rows of B it takes
 * @param dropout p
 */
record VeraLinear(
        Linear base, Parameter d, Parameter b, VeraProjection projection, LowRankSplits splits, Dropout dropout)
        implements DecoratedLinear {
    private Tensor downRI() {
        return splits.down().dim() == 1
                ? projection.down(splits.down().from(), splits.down().length())
                : projection.down(0, splits.down().wholeShape()[1]);
    }

    private Tensor upOR() {
        return projection.up(splits.up().from(), splits.up().length());
    }

    /** B', whose products are found in fp32 at least. */
    private Tensor scaledUpOR() {
        Tensor upOR = upOR();
        ScalarType wide = DoraAdaptation.wide(upOR);
        return upOR.to(wide)
                .mul(b.tensor().to(wide).unsqueeze(1))
                .mul_(d.tensor().to(wide))
                .to(upOR.scalar_type().intern());
    }

    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() -> yTO.addmm_(reducedRT(xTI).t(), scaledUpOR().t()));
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            addGradients(reducedRT(xTI).mm(gradTO));
            Tensor hRT = scaledUpOR().t().mm(gradTO.t());
            Optional<Tensor> kept = dropout.kept(xTI);
            if (kept.isPresent()) {
                gradTI.add_(hRT.t().mm(downRI()).mul_(kept.get()), new Scalar(dropout.scale()));
            } else {
                gradTI.addmm_(hRT.t(), downRI());
            }
        });
        return gradTI;
    }

    /** u. A product with few rows takes less time than one with few columns. */
    private Tensor reducedRT(Tensor xTI) {
        return downRI().mm(dropout.of(xTI).t());
    }

    /** Of b and d, from {@code Σₜ u dyᵀ}. */
    private void addGradients(Tensor productRO) {
        ScalarType wide = DoraAdaptation.wide(productRO);
        Tensor fRO = productRO.to(wide).mul_(upOR().t());
        LeafGradient.of(b.tensor()).add_(fRO.t().mv(d.tensor().to(wide)));
        LeafGradient.of(d.tensor()).add_(fRO.mv(b.tensor().to(wide)));
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), Stream.of(d, b)).toList();
    }
}
