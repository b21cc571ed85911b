package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code y = base(x) + branch(d(x))}, and {@code dx = base's + d'(branch's)}.
 *
 * @param base frozen
 * @param branch beside it
 * @param dropout d
 */
record BranchLinear(Linear base, Branch branch, Dropout dropout) implements DecoratedLinear {
    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() -> branch.addTo(yTO, dropout.of(xTI)));
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            Optional<Tensor> kept = dropout.kept(xTI);
            if (kept.isEmpty()) {
                branch.backward(xTI, gradTO, gradTI);
                return;
            }
            Tensor branchTI = torch.zeros_like(xTI);
            branch.backward(dropout.of(xTI), gradTO, branchTI);
            gradTI.add_(branchTI.mul_(kept.get()), new Scalar(dropout.scale()));
        });
        return gradTI;
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), branch.parameters().stream())
                .toList();
    }
}
