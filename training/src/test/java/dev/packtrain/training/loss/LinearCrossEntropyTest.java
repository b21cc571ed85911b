package dev.packtrain.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LinearCrossEntropyTest {
    private static final int VOCAB = 31;
    private static final int WIDTH = 12;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @Test
    void lossAndGradientsEqualAutogradOverFullLogits() {
        TensorScope.run(() -> {
            PackedSequence pack = Packs.random(3, VOCAB, 9, 1, 17, 2);
            LabelPositions labels = LabelPositions.of(pack);
            Tensor h = hidden(pack);
            Tensor w = weight();
            Tensor hRef = h.detach().requires_grad_(true);
            Tensor wRef = w.detach().clone().requires_grad_(true);
            Tensor expected = naive(hRef, wRef, pack);
            expected.mul(new Scalar(0.25)).backward();

            LinearCrossEntropy loss = new LinearCrossEntropy(4, 0);
            LinearCrossEntropy.Result result = GradientMode.off(() -> loss.forwardBackward(h, w, labels, 0.25));
            assertThat(result.sum()).isCloseTo(expected.item_double(), within(1e-12));
            assertThat(Tensors.relativeError(result.gradTE(), hRef.grad())).isLessThan(1e-12);
            assertThat(Tensors.relativeError(w.grad(), wRef.grad())).isLessThan(1e-12);
            assertThat(GradientMode.off(() -> loss.sum(h, w, labels))).isEqualTo(result.sum());
        });
    }

    @Test
    void addsToAGradientThatIsThere() {
        TensorScope.run(() -> {
            PackedSequence pack = Packs.random(4, VOCAB, 11);
            LabelPositions labels = LabelPositions.of(pack);
            Tensor w = weight();
            Tensor flat = torch.zeros(VOCAB * WIDTH).to(ScalarType.Double);
            w.mutable_grad().put(flat.view(VOCAB, WIDTH));
            LinearCrossEntropy loss = new LinearCrossEntropy();
            Tensor h = hidden(pack);
            GradientMode.off(() -> loss.forwardBackward(h, w, labels, 1));
            Tensor once = flat.clone();
            GradientMode.off(() -> loss.forwardBackward(h, w, labels, 1));
            assertThat(once.abs().max().item_double()).isPositive();
            assertThat(Tensors.relativeError(flat, once.mul(new Scalar(2)))).isLessThan(1e-14);
        });
    }

    @Test
    void aDocumentsFirstTokenIsPredictedByNothing() {
        PackedSequence pack = Packs.of(new int[] {5, 6, 7, 8, 9}, new int[] {5, 6, 7, -100, 9}, new int[] {0, 2, 5}, 3);
        LabelPositions labels = LabelPositions.of(pack);
        assertThat(labels.rows()).containsExactly(0, 3);
        assertThat(labels.targets()).containsExactly(6, 9);
    }

    private static Tensor hidden(PackedSequence pack) {
        torch.manual_seed(1);
        return torch.randn(pack.numTokens(), WIDTH).to(ScalarType.Double);
    }

    private static Tensor weight() {
        torch.manual_seed(2);
        return torch.randn(VOCAB, WIDTH).to(ScalarType.Double).requires_grad_(true);
    }

    private static Tensor naive(Tensor hTE, Tensor wVE, PackedSequence pack) {
        Tensor logProbabilities = torch.log_softmax(torch.linear(hTE, wVE), 1);
        Tensor sum = torch.zeros(1).to(ScalarType.Double);
        for (int doc = 0; doc < pack.numDocuments(); doc++) {
            for (int t = pack.cuSeqlens()[doc] + 1; t < pack.cuSeqlens()[doc + 1]; t++) {
                int label = pack.labels()[t];
                if (label >= 0) {
                    sum = sum.sub(logProbabilities.select(0, t - 1).select(0, label));
                }
            }
        }
        return sum;
    }
}
