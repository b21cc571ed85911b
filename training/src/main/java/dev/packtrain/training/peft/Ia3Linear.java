package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * (IA)³ (Liu et al. 2022, arXiv 2205.05638, section 3.3): {@code y = l ⊙ base(x)} for keys and values, the base's bias included,
 * and {@code y = base(l ⊙ x)} for the second linear of a feed-forward layer, whose input is the activation; l begins as ones.
 *
 * <pre>
 *   outputs: dl = Σₜ dy ⊙ base(x)     dx = base's of l ⊙ dy
 *   inputs:  dl = Σₜ dx' ⊙ x          dx = l ⊙ dx', dx' the base's of dy
 * </pre>
 *
 * @param base frozen
 * @param scale l, {@code [O, 1]}, or {@code [1, I]} where inputs are scaled
 * @param scalesInput whether they are
 */
record Ia3Linear(Linear base, Parameter scale, boolean scalesInput) implements DecoratedLinear {
    private Tensor factors() {
        return scale.tensor().view(-1);
    }

    @Override
    public Tensor apply(Tensor xTI) {
        return TensorScope.one(() ->
                scalesInput ? base.apply(xTI.mul(factors())) : base.apply(xTI).mul_(factors()));
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        return TensorScope.one(() -> {
            if (!scalesInput) {
                LeafGradient.addRowSum(scale.tensor(), base.apply(xTI).mul_(gradTO));
                return base.backward(xTI, gradTO.mul(factors()), sumTI);
            }
            Tensor scaledTI = base.backward(xTI.mul(factors()), gradTO, Optional.empty());
            LeafGradient.addRowSum(scale.tensor(), scaledTI.mul(xTI));
            scaledTI.mul_(factors());
            return sumTI.isPresent() ? sumTI.get().add_(scaledTI) : scaledTI;
        });
    }

    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {
        TensorScope.run(() -> {
            if (scalesInput) {
                backward(xTI, gradTO, Optional.empty());
            } else {
                LeafGradient.addRowSum(scale.tensor(), base.apply(xTI).mul_(gradTO));
                base.addGradients(xTI, gradTO);
            }
        });
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), Stream.of(scale)).toList();
    }
}
