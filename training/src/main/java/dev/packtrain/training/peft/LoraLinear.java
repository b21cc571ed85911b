package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code y = base(x) + s · d(x) Aᵀ Bᵀ} (Hu et al. 2021, arXiv 2106.09685), d being dropout; with explicit gradients:
 *
 * <pre>
 *   h  = s · dy B
 *   dB = s · dyᵀ (d(x) Aᵀ)
 *   dA = hᵀ d(x)
 *   dx = base's + d'(h A)
 * </pre>
 *
 * <p>Products of T rows with a narrow matrix are written so that both operands are contiguous along what is summed or what is
 * wide: BLAS is two to seven times as fast with them as with the same product from a {@code [O, R]} of R = 8, and a copy of B
 * costs nothing beside it.
 *
 * @param base frozen, so that its weight gets no gradient
 * @param down A, {@code [R, I]}; not trained: no parameter of the model
 * @param up B, {@code [O, R]}
 * @param scale s
 * @param dropout d
 */
record LoraLinear(Linear base, Parameter down, Parameter up, double scale, Dropout dropout) implements DecoratedLinear {
    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() ->
                addTo(yTO, dropped(xTI, dropout.kept(xTI)).mm(down.tensor().t())));
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            Optional<Tensor> kept = dropout.kept(xTI);
            Tensor hTR = reducedGradient(gradTO);
            addBranchGradients(dropped(xTI, kept), gradTO, hTR);
            if (kept.isPresent()) {
                gradTI.add_(hTR.mm(down.tensor()).mul_(kept.get()));
            } else {
                gradTI.addmm_(hTR, down.tensor());
            }
        });
        return gradTI;
    }

    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {
        base.addGradients(xTI, gradTO);
        TensorScope.run(() -> addBranchGradients(dropped(xTI, dropout.kept(xTI)), gradTO, reducedGradient(gradTO)));
    }

    private void addBranchGradients(Tensor inTI, Tensor gradTO, Tensor hTR) {
        addUpGradient(gradTO, inTI.mm(down.tensor().t()));
        if (down.isTrained()) {
            LeafGradient.of(down.tensor()).addmm_(hTR.t(), inTI);
        }
    }

    /** R. */
    long rank() {
        return down.tensor().size(0);
    }

    /** {@code y += s · r Bᵀ}, r being {@code d(x) Aᵀ}. */
    void addTo(Tensor yTO, Tensor reducedTR) {
        yTO.addmm_(reducedTR, up.tensor().t(), new Scalar(1), scalar());
    }

    /** h, a new tensor. */
    Tensor reducedGradient(Tensor gradTO) {
        return gradTO.mm(up.tensor().t().contiguous().t()).mul_(scalar());
    }

    /** Adds {@code s · dyᵀ r} to the gradient of B. */
    void addUpGradient(Tensor gradTO, Tensor reducedTR) {
        LeafGradient.of(up.tensor()).add_(reducedTR.t().mm(gradTO).t(), scalar());
    }

    private static Tensor dropped(Tensor xTI, Optional<Tensor> kept) {
        return kept.map(xTI::mul).orElse(xTI);
    }

    private Scalar scalar() {
        return new Scalar(scale * dropout.scale());
    }

    @Override
    public Optional<Segment> together(List<Linear> linears) {
        return LoraLinears.of(linears);
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), Stream.of(down, up).filter(Parameter::isTrained))
                .toList();
    }
}
