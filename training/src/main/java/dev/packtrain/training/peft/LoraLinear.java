package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

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
 * <p>{@link LoraBranches} makes these products.
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
        TensorScope.run(() -> {
            Tensor inTI = dropped(xTI, dropout.kept(xTI));
            branches(inTI).addTo(inTI, List.of(yTO));
        });
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            Optional<Tensor> kept = dropout.kept(xTI);
            Tensor inTI = dropped(xTI, kept);
            LoraBranches branches = branches(inTI);
            Tensor h = branches.addGradients(inTI, List.of(gradTO));
            if (kept.isPresent()) {
                Tensor branchTI = torch.zeros_like(gradTI);
                branches.addInputGradient(branchTI, h);
                gradTI.add_(branchTI.mul_(kept.get()));
            } else {
                branches.addInputGradient(gradTI, h);
            }
        });
        return gradTI;
    }

    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {
        base.addGradients(xTI, gradTO);
        TensorScope.run(() -> {
            Tensor inTI = dropped(xTI, dropout.kept(xTI));
            branches(inTI).addGradients(inTI, List.of(gradTO));
        });
    }

    private LoraBranches branches(Tensor inTI) {
        return LoraBranches.of(List.of(this), inTI);
    }

    /** R. */
    long rank() {
        return down.tensor().size(0);
    }

    /** What a branch is multiplied by: s, and what makes up for dropout. */
    double factor() {
        return scale * dropout.scale();
    }

    /** Whether the adapter has this dtype. */
    boolean isOf(ScalarType dtype) {
        return down.tensor().scalar_type().intern() == dtype
                && up.tensor().scalar_type().intern() == dtype;
    }

    private static Tensor dropped(Tensor xTI, Optional<Tensor> kept) {
        return kept.map(xTI::mul).orElse(xTI);
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
