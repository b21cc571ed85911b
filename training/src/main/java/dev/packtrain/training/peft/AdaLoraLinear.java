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

/**
 * {@code y = base(x) + s · ((d(x) Aᵀ) ∘ e) Bᵀ} (Zhang et al. 2023, arXiv 2303.10512, formula 3: P is B, Λ is e, Q is A), d
 * being dropout; with explicit gradients:
 *
 * <pre>
 *   z = d(x) Aᵀ        g = s · dy B
 *   dB = s · dyᵀ (z ∘ e)
 *   de = Σ_t g ∘ z
 *   dA = (g ∘ e)ᵀ d(x)
 *   dx = base's + d'((g ∘ e) A)
 * </pre>
 *
 * and with those of the penalty of formula 4, which keeps A's rows and B's columns apart: see {@link OrthogonalPenalty}.
 *
 * @param base frozen
 * @param down A, {@code [R, I]}
 * @param values e, {@code [R, 1]}
 * @param up B, {@code [O, R]}
 * @param scale s
 * @param dropout d
 * @param penalty of A and B
 * @param allocator knows whether values that are zero stay so
 */
record AdaLoraLinear(
        Linear base,
        Parameter down,
        Parameter values,
        Parameter up,
        double scale,
        Dropout dropout,
        OrthogonalPenalty penalty,
        RankAllocator allocator)
        implements DecoratedLinear {
    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() -> {
            Tensor zTR = dropout.of(xTI).mm(down.tensor().t());
            yTO.addmm_(zTR.mul_(valuesR()), up.tensor().t(), new Scalar(1), new Scalar(scale));
        });
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            Tensor inTI = dropout.of(xTI);
            Tensor zTR = inTI.mm(down.tensor().t());
            Tensor gTR = gradTO.mm(up.tensor()).mul_(new Scalar(scale));
            addToValues(gTR.mul(zTR).sum(0).unsqueeze(1));
            LeafGradient.of(up.tensor()).addmm_(gradTO.t(), zTR.mul_(valuesR()), new Scalar(1), new Scalar(scale));
            gTR.mul_(valuesR());
            LeafGradient.of(down.tensor()).addmm_(gTR.t(), inTI);
            Optional<Tensor> kept = dropout.kept(xTI);
            if (kept.isPresent()) {
                gradTI.add_(gTR.mm(down.tensor()).mul_(kept.get()), new Scalar(dropout.scale()));
            } else {
                gradTI.addmm_(gTR, down.tensor());
            }
            penalty.backward(down, up);
        });
        return gradTI;
    }

    /** Once the budget is spent, what was cut off does not come back. */
    private void addToValues(Tensor gradR1) {
        Tensor grad = allocator.isFinal() ? gradR1.mul_(values.tensor().ne(new Scalar(0))) : gradR1;
        LeafGradient.of(values.tensor()).add_(grad);
    }

    private Tensor valuesR() {
        return values.tensor().view(-1);
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), Stream.of(down, values, up))
                .toList();
    }
}
