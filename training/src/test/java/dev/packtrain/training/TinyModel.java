package dev.packtrain.training;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.engine.PartGuard;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A bigram model: logits of the next token are a row of a table plus a bias. Enough to drive the loop. */
final class TinyModel implements CausalLM {
    private final Tensor tableVV;
    private final Tensor biasV;
    private PartGuard guard = PartGuard.NONE;

    /** Weights are a fixed function of the vocabulary size, in {@code dtype}. */
    TinyModel(int vocabSize, ScalarType dtype) {
        float[] values = new float[vocabSize * vocabSize];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 37 % 257 - 128) / 256f;
        }
        tableVV = torch.tensor(values)
                .view(vocabSize, vocabSize)
                .to(dtype)
                .clone()
                .set_requires_grad(true);
        biasV = torch.zeros(vocabSize).to(dtype).clone().set_requires_grad(true);
    }

    @Override
    public List<List<Parameter>> parts() {
        return List.of(List.of(new Parameter("table", tableVV, true)), List.of(new Parameter("bias", biasV, false)));
    }

    @Override
    public void guard(PartGuard newGuard) {
        guard = newGuard;
    }

    @Override
    public void skip() {
        announce(() -> LossSum.ZERO);
    }

    @Override
    public LossSum forwardBackward(PackedSequence pack, double gradScale, StepClock clock) {
        return announce(() -> run(pack, gradScale));
    }

    /** As a decoder with a tied head and no block would. */
    private LossSum announce(Supplier<LossSum> body) {
        guard.beforeForward(0);
        guard.afterForward(0);
        guard.beforeBackward(1);
        guard.beforeBackward(0);
        LossSum sum = body.get();
        guard.afterBackward(0);
        guard.afterBackward(1);
        guard.beforeBackward(0);
        guard.afterBackward(0);
        return sum;
    }

    @Override
    public void skipEvaluation() {}

    @Override
    public LossSum evaluate(PackedSequence pack) {
        return run(pack, 0);
    }

    private LossSum run(PackedSequence pack, double gradScale) {
        int[] scored = IntStream.range(0, pack.numDocuments())
                .flatMap(d -> IntStream.range(pack.cuSeqlens()[d] + 1, pack.cuSeqlens()[d + 1]))
                .filter(t -> pack.labels()[t] != TokenizedExample.IGNORE_INDEX)
                .toArray();
        if (scored.length == 0) {
            return LossSum.ZERO;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor inputs = ids(IntStream.of(scored).map(t -> pack.inputIds()[t - 1]));
            Tensor targets = ids(IntStream.of(scored).map(t -> pack.labels()[t]));
            Tensor logits = tableVV.index_select(0, inputs).add(biasV).to(ScalarType.Float);
            Tensor loss = torch.log_softmax(logits, 1)
                    .gather(1, targets.unsqueeze(1))
                    .sum()
                    .neg();
            if (gradScale != 0) {
                loss.mul(new Scalar(gradScale)).backward();
            }
            return new LossSum(loss.item_double(), scored.length);
        }
    }

    private static Tensor ids(IntStream values) {
        return torch.tensor(values.asLongStream().toArray());
    }

    @Override
    public void close() {
        tableVV.close();
        biasV.close();
    }
}
