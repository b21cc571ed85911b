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
 * {@code y = base(x) + s · d(x) Aᵀ Mᵀ Bᵀ} (Wu et al. 2024, arXiv 2406.11909); with u = d(x) Aᵀ and explicit gradients:
 *
 * <pre>
 *   h  = s · dy B
 *   dB = s · dyᵀ u Mᵀ
 *   dM = hᵀ u
 *   dA = (h M)ᵀ d(x)
 *   dx = base's + d'(h M A)
 * </pre>
 *
 * @param base frozen
 * @param down A, {@code [R, I]}
 * @param mixer M, {@code [R, R]}
 * @param up B, {@code [O, R]}
 * @param scale s
 * @param dropout d
 */
record MixedLinear(Linear base, Parameter down, Parameter mixer, Parameter up, double scale, Dropout dropout)
        implements DecoratedLinear {
    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() -> {
            Tensor mixedTR =
                    dropout.of(xTI).mm(down.tensor().t()).mm(mixer.tensor().t());
            yTO.addmm_(mixedTR, up.tensor().t(), new Scalar(1), new Scalar(scale));
        });
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            Optional<Tensor> kept = dropout.kept(xTI);
            Tensor inTI = dropout.of(xTI);
            Tensor reducedTR = inTI.mm(down.tensor().t());
            Tensor hTR = gradTO.mm(up.tensor()).mul_(new Scalar(scale));
            Tensor mixedTR = reducedTR.mm(mixer.tensor().t());
            LeafGradient.of(up.tensor()).addmm_(gradTO.t(), mixedTR, new Scalar(1), new Scalar(scale));
            LeafGradient.of(mixer.tensor()).addmm_(hTR.t(), reducedTR);
            Tensor inwardTR = hTR.mm(mixer.tensor());
            LeafGradient.of(down.tensor()).addmm_(inwardTR.t(), inTI);
            if (kept.isPresent()) {
                gradTI.add_(inwardTR.mm(down.tensor()).mul_(kept.get()), new Scalar(dropout.scale()));
            } else {
                gradTI.addmm_(inwardTR, down.tensor());
            }
        });
        return gradTI;
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), Stream.of(down, mixer, up))
                .toList();
    }
}
