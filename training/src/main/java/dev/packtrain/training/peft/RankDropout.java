package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A linear with an adapter of whose change of the weight a share of the rows is zero in every step of training (PEFT's {@code
 * rank_dropout} of LyCORIS' methods): with k = 0 for these outputs and 1, or one over the share of the others, for the others,
 * {@code y = base(x) + k ⊙ (adapted(x) − base(x))}. Which rows is a function of seed, step, module and row, so it is the same on
 * every rank and in every pass of a step; PEFT draws in every forward pass. Whatever the adapter is, the base computes twice.
 *
 * @param base without the adapter
 * @param adapted with it
 * @param module its name
 * @param dropped of 65,536 equally likely cases, those in which a row is dropped
 * @param scales whether the rows that are kept are divided by their share, as PEFT has it for LoHa, and for LoKr if asked
 * @param pass the pass at hand
 */
record RankDropout(Linear base, Linear adapted, String module, int dropped, boolean scales, TrainingPass pass)
        implements DecoratedLinear {
    /** With a probability in [0, 1), rounded to a multiple of 2⁻¹⁶; with 0 {@code adapted} as it is. */
    static Linear of(
            double probability, boolean scales, String module, Linear base, Linear adapted, AdapterTensors tensors) {
        int dropped = Dropout.cases(probability);
        return dropped == 0 ? adapted : new RankDropout(base, adapted, module, dropped, scales, tensors.pass());
    }

    /** k of this rank's outputs, {@code [O]}, like a tensor; empty outside of training. */
    private Optional<Tensor> factors(Tensor like) {
        OptionalLong key = pass.stepKey("rank_dropout " + module);
        if (key.isEmpty()) {
            return Optional.empty();
        }
        TensorSplit weight = base.weight().split();
        Tensor wholeO = factors(like, key.getAsLong(), dropped, scales, weight.wholeShape()[0]);
        return Optional.of(
                base.split() == LinearSplit.COLUMN ? wholeO.narrow(0, weight.from(), weight.length()) : wholeO);
    }

    /** k of all outputs. */
    static Tensor factors(Tensor like, long key, int dropped, boolean scales, long numOut) {
        return TensorScope.one(() -> {
            Tensor keptO = ReproducibleBits.words(TensorFactory.like(like).longs(LongStream.of(key)), 0, 0, numOut)
                    .squeeze(0)
                    .ge(new Scalar(dropped - Dropout.CASES / 2));
            long numKept = keptO.sum().item_long();
            double factor = scales && numKept > 0 ? numOut / (double) numKept : 1;
            return keptO.to(like.scalar_type().intern()).mul_(new Scalar(factor));
        });
    }

    @Override
    public Tensor apply(Tensor xTI) {
        return TensorScope.one(() -> {
            Tensor yTO = adapted.apply(xTI);
            return factors(xTI).map(kO -> base.apply(xTI).lerp_(yTO, kO)).orElse(yTO);
        });
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        Optional<Tensor> factors = factors(xTI);
        if (factors.isEmpty()) {
            return adapted.backward(xTI, gradTO, sumTI);
        }
        return TensorScope.one(() -> {
            Tensor throughTO = gradTO.mul(factors.get());
            Tensor gradTI = adapted.backward(xTI, throughTO, sumTI);
            return base.backward(xTI, gradTO.sub(throughTO), Optional.of(gradTI));
        });
    }

    @Override
    public List<Parameter> parameters() {
        return adapted.parameters();
    }
}
