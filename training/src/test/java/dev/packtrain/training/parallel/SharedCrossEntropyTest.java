package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankThreads;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.loss.LabelPositions;
import dev.packtrain.training.loss.LinearCrossEntropy;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Head and loss over a vocabulary of 31 in parts of 10, 10 and 11, beside the whole. */
class SharedCrossEntropyTest {
    private static final int VOCAB = 31;
    private static final int WIDTH = 12;
    private static final PackedSequence PACK = Packs.random(3, VOCAB, 9, 1, 170, 2);
    private static final LabelPositions LABELS = LabelPositions.of(PACK);
    private static RankThreads ranks;

    @BeforeAll
    static void start() {
        ranks = new RankThreads(3);
    }

    @AfterAll
    static void stop() {
        ranks.close();
    }

    private record Outcome(double sum, Tensor gradTE, Tensor gradVE) {}

    /** Logits in the range of ±{@code spread} and more: exponentials that fp32 cannot hold unless the maximum is shared. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 100})
    void lossAndGradientsAreThoseOfTheWholeHead(double spread) {
        TensorScope.run(() -> {
            Outcome exact = whole(ScalarType.Double, spread);
            Outcome inFp64 = shared(ScalarType.Double, spread);
            assertThat(inFp64.sum()).isCloseTo(exact.sum(), within(1e-12 * exact.sum()));
            assertThat(Tensors.relativeError(inFp64.gradTE(), exact.gradTE())).isLessThan(1e-12);
            assertThat(Tensors.relativeError(inFp64.gradVE(), exact.gradVE())).isLessThan(1e-12);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Float", "BFloat16"})
    void theErrorIsThatOfTheKernelForTheWholeHead(ScalarType dtype) {
        TensorScope.run(() -> {
            Tensor h = hidden(dtype, 1).to(ScalarType.Double);
            Tensor w = weight(dtype).to(ScalarType.Double);
            Outcome exact = run(new LinearCrossEntropy(), h, w);
            Outcome whole = whole(dtype, 1);
            Outcome shared = shared(dtype, 1);
            double unit = dtype == ScalarType.Float ? 1e-6 : 4e-3;
            assertThat(shared.sum())
                    .isCloseTo(exact.sum(), within(2 * Math.abs(whole.sum() - exact.sum()) + unit * exact.sum()));
            assertThat(Tensors.relativeError(shared.gradTE(), exact.gradTE()))
                    .isLessThan(2 * Tensors.relativeError(whole.gradTE(), exact.gradTE()) + unit);
            assertThat(Tensors.relativeError(shared.gradVE(), exact.gradVE()))
                    .isLessThan(2 * Tensors.relativeError(whole.gradVE(), exact.gradVE()) + unit);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Double", "Float", "BFloat16"})
    void aLogitThatIsNoNumberMakesTheLossNone(ScalarType dtype) {
        List<Double> sums = ranks.onEach(group -> TensorScope.value(() -> {
            return GradientMode.off(() -> {
                Tensor part = part(weight(dtype), group);
                if (group.rank() == 1) {
                    part.select(0, 2).fill_(new Scalar(Double.NaN));
                }
                return loss(group).sum(hidden(dtype, 1), part, LABELS);
            });
        }));
        assertThat(sums).hasSize(3).allSatisfy(sum -> assertThat(sum).isNaN());
    }

    private static Outcome whole(ScalarType dtype, double spread) {
        return run(new LinearCrossEntropy(), hidden(dtype, spread), weight(dtype));
    }

    private static Outcome shared(ScalarType dtype, double spread) {
        Tensor h = hidden(dtype, spread);
        Tensor w = weight(dtype);
        List<Outcome> parts = ranks.onEach(group -> run(loss(group), h, part(w, group)));
        assertThat(parts).extracting(Outcome::sum).containsOnly(parts.get(0).sum());
        Tensor gradTE = parts.get(0).gradTE().to(ScalarType.Double);
        TensorVector gradVE = new TensorVector();
        for (int rank = 0; rank < parts.size(); rank++) {
            gradVE.push_back(parts.get(rank).gradVE());
            if (rank > 0) {
                gradTE.add_(parts.get(rank).gradTE());
            }
        }
        return new Outcome(parts.get(0).sum(), gradTE, torch.cat(gradVE));
    }

    private static LinearCrossEntropy loss(ProcessGroup group) {
        return LinearCrossEntropy.shared(new TensorVocabulary(VOCAB, group));
    }

    private static Tensor part(Tensor w, ProcessGroup group) {
        TensorVocabulary part = new TensorVocabulary(VOCAB, group);
        return w.detach().narrow(0, part.from(), part.length()).clone().requires_grad_(true);
    }

    private static Outcome run(LinearCrossEntropy loss, Tensor h, Tensor w) {
        Tensor weight = w.detach().requires_grad_(true);
        LinearCrossEntropy.Result result = GradientMode.off(() -> loss.forwardBackward(h, weight, LABELS, 0.25));
        assertThat(GradientMode.off(() -> loss.sum(h, weight, LABELS))).isEqualTo(result.sum());
        return new Outcome(result.sum(), result.gradTE(), new Tensor(weight.grad()));
    }

    private static Tensor hidden(ScalarType dtype, double spread) {
        torch.manual_seed(1);
        return torch.randn(PACK.numTokens(), WIDTH).mul(new Scalar(spread)).to(dtype);
    }

    private static Tensor weight(ScalarType dtype) {
        torch.manual_seed(2);
        return torch.randn(VOCAB, WIDTH).to(dtype);
    }
}
