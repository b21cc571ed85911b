package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code y = base(x) + b ⊙ (B (d ⊙ u))}, {@code u = A p(x)} with dropout p, and explicit gradients:
 *
 * <pre>
 *   db = Σₜ dy ⊙ B (d ⊙ u)
 *   h  = Bᵀ (b ⊙ dy)
 *   dd = Σₜ h ⊙ u
 *   dx = base's + p'(Aᵀ (d ⊙ h))
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

    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() -> {
            Tensor reducedTR = dropout.of(xTI).mm(downRI().t()).mul(d.tensor());
            yTO.add_(reducedTR.mm(upOR().t()).mul(b.tensor()));
        });
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            Tensor reducedTR = dropout.of(xTI).mm(downRI().t());
            addSum(b, reducedTR.mul(d.tensor()).mm(upOR().t()).mul_(gradTO));
            Tensor hTR = gradTO.mul(b.tensor()).mm(upOR());
            addSum(d, reducedTR.mul_(hTR));
            Tensor branchTI = hTR.mul_(d.tensor()).mm(downRI());
            gradTI.add_(dropout.kept(xTI).map(branchTI::mul_).orElse(branchTI), new Scalar(dropout.scale()));
        });
        return gradTI;
    }

    private static void addSum(Parameter parameter, Tensor byToken) {
        Tensor sum = byToken.sum(new long[] {0}, false, new ScalarTypeOptional(DoraAdaptation.wide(byToken)));
        LeafGradient.of(parameter.tensor()).add_(sum);
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), Stream.of(d, b)).toList();
    }
}
