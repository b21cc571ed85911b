package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A frozen linear with the adapters that earlier rounds of ReLoRA have left: {@code y = base(x) + s · x Aᵀ Bᵀ}, A and B being
 * those of all rounds side by side. The same as adding {@code s · B A} to the weight, but for its rounding; and so a
 * quantised or spread base stays as it is, and what is saved is a plain LoRA.
 *
 * @param base frozen
 * @param pairs A, {@code [K · R, I]}, and B, {@code [O, K · R]}; empty before the first restart
 * @param scale s
 */
record MergedPairs(Linear base, Supplier<Optional<Pairs>> pairs, double scale) implements DecoratedLinear {
    /** A and B of earlier rounds. */
    record Pairs(Tensor down, Tensor up) {}

    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = base.apply(xTI);
        TensorScope.run(() -> pairs.get()
                .ifPresent(
                        pair -> yTO.addmm_(xTI.mm(pair.down().t()), pair.up().t(), new Scalar(1), new Scalar(scale))));
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Tensor gradTI = base.backward(xTI, gradTO, sumTI);
        TensorScope.run(() -> pairs.get()
                .ifPresent(pair -> gradTI.addmm_(gradTO.mm(pair.up()), pair.down(), new Scalar(1), new Scalar(scale))));
        return gradTI;
    }

    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {
        base.addGradients(xTI, gradTO);
    }

    @Override
    public List<Parameter> parameters() {
        return base.parameters();
    }
}
