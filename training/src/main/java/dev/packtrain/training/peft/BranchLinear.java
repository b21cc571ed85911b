package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Recording;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code y = base(x) + branch(d(x))}. The branch alone is recorded, in the backward pass, so the base is free to compute as it
 * likes.
 *
 * @param base frozen
 * @param branch beside it
 * @param dropout d
 */
record BranchLinear(Linear base, Branch branch, Dropout dropout) implements DecoratedLinear {
    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() -> yTO.add_(branch.apply(dropout.of(xTI))));
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> {
            try (Recording run = Recording.of(in -> new Tensor[] {branch.apply(dropout.of(in[0]))}, xTI)) {
                gradTI.add_(run.backward(gradTO)[0]);
            }
        });
        return gradTI;
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(base.parameters().stream(), branch.parameters().stream())
                .toList();
    }
}
