package dev.packtrain.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Tensors;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Large vocabularies in fp32 and bf16 against autograd in fp64 and in the same precision. */
class LinearCrossEntropyNumericsTest {
    private static final int VOCAB = 20_011;
    private static final int WIDTH = 24;
    private static final int TOKENS = 23;
    private static final double SCALE = 0.125;

    /** Every second row, the vocabulary's first and last id among the targets. */
    private static final LabelPositions LABELS = new LabelPositions(
            new int[] {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22},
            new int[] {0, VOCAB - 1, 5, 77, 4_000, 19_999, 0, 12_345, 3, 3, 1, 16_384});

    private enum Kind {
        FP32(ScalarType.Float, 2e-5),
        BF16(ScalarType.BFloat16, 2e-2);

        private final ScalarType dtype;
        private final double tolerance;

        Kind(ScalarType dtype, double tolerance) {
            this.dtype = dtype;
            this.tolerance = tolerance;
        }
    }

    /** A loss and its two gradients. */
    private record Outcome(double sum, Tensor gradTE, Tensor gradVE) {}

    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void errorsAreAtMostTwiceThoseOfAutogradInTheSamePrecision(Kind kind) {
        TensorScope.run(() -> {
            Tensor h = hidden().to(kind.dtype);
            Tensor w = weight().to(kind.dtype);
            Outcome exact = autograd(h.to(ScalarType.Double), w.to(ScalarType.Double), Function.identity());
            Outcome plain = autograd(h, w, logits -> logits.to(ScalarType.Float));
            Outcome ours = fused(new LinearCrossEntropy(5, 0), h, w);
            double slack = kind == Kind.FP32 ? 1e-7 : 1e-5;
            assertThat(Math.abs(ours.sum - exact.sum))
                    .isLessThanOrEqualTo(2 * Math.abs(plain.sum - exact.sum) + slack * exact.sum);
            assertThat(Tensors.relativeError(ours.gradTE, exact.gradTE))
                    .isLessThanOrEqualTo(2 * Tensors.relativeError(plain.gradTE, exact.gradTE) + slack);
            assertThat(Tensors.relativeError(ours.gradVE, exact.gradVE))
                    .isLessThanOrEqualTo(2 * Tensors.relativeError(plain.gradVE, exact.gradVE) + slack);
        });
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theSizeOfTheChunksDoesNotMatter(Kind kind) {
        TensorScope.run(() -> {
            Tensor h = hidden().to(kind.dtype);
            Tensor w = weight().to(kind.dtype);
            Outcome whole = fused(new LinearCrossEntropy(), h, w);
            for (int rows : new int[] {1, 5, 11, 12}) {
                Outcome chunks = fused(new LinearCrossEntropy(rows, 0), h, w);
                assertThat(chunks.sum).isCloseTo(whole.sum, within(kind.tolerance * whole.sum));
                assertThat(Tensors.relativeError(chunks.gradTE, whole.gradTE)).isLessThan(kind.tolerance);
                assertThat(Tensors.relativeError(chunks.gradVE, whole.gradVE)).isLessThan(kind.tolerance);
            }
        });
    }

    @Test
    void aFrozenHeadGetsNoGradient() {
        TensorScope.run(() -> {
            Tensor frozen = weight();
            LinearCrossEntropy.Result result =
                    GradientMode.off(() -> new LinearCrossEntropy().forwardBackward(hidden(), frozen, LABELS, SCALE));
            Outcome trained = fused(new LinearCrossEntropy(), hidden(), weight());
            assertThat(frozen.grad().defined()).isFalse();
            assertThat(result.sum()).isEqualTo(trained.sum);
            assertThat(Tensors.relativeError(result.gradTE(), trained.gradTE)).isZero();
        });
    }

    @Test
    void oneLabelOfManyTokens() {
        TensorScope.run(() -> {
            LabelPositions one = new LabelPositions(new int[] {TOKENS - 1}, new int[] {VOCAB - 1});
            LinearCrossEntropy.Result result =
                    GradientMode.off(() -> new LinearCrossEntropy().forwardBackward(hidden(), weight(), one, 1));
            Tensor rest = result.gradTE().narrow(0, 0, TOKENS - 1);
            assertThat(rest.abs().max().item_double()).isZero();
            assertThat(result.gradTE().abs().max().item_double()).isPositive();
        });
    }

    @Test
    void theGradientIsThatOfFiniteDifferences() {
        TensorScope.run(() -> {
            Tensor h = hidden();
            Tensor w = weight();
            Tensor grad = fused(new LinearCrossEntropy(), h, w).gradTE;
            Tensor direction = grad.div(grad.norm());
            double step = 1e-2;
            LinearCrossEntropy loss = new LinearCrossEntropy();
            double rise = GradientMode.off(() -> loss.sum(h.add(direction, new Scalar(step)), w, LABELS)
                    - loss.sum(h.sub(direction, new Scalar(step)), w, LABELS));
            double slope = SCALE * rise / (2 * step);
            assertThat(slope / grad.norm().item_double()).isCloseTo(1, within(1e-3));
        });
    }

    private static Outcome fused(LinearCrossEntropy loss, Tensor h, Tensor w) {
        Tensor head = w.detach().requires_grad_(true);
        LinearCrossEntropy.Result result = GradientMode.off(() -> loss.forwardBackward(h, head, LABELS, SCALE));
        return new Outcome(result.sum(), result.gradTE(), new Tensor(head.grad()));
    }

    private static Outcome autograd(Tensor h, Tensor w, Function<Tensor, Tensor> widen) {
        Tensor hidden = h.detach().requires_grad_(true);
        Tensor head = w.detach().requires_grad_(true);
        TensorFactory factory = TensorFactory.like(h);
        Tensor logits = widen.apply(torch.linear(hidden.index_select(0, factory.ints(LABELS.rows())), head));
        Tensor targets = factory.ints(LABELS.targets()).unsqueeze(1);
        Tensor sum = torch.log_softmax(logits, 1).gather(1, targets).sum().neg();
        sum.mul(new Scalar(SCALE)).backward();
        return new Outcome(sum.item_double(), new Tensor(hidden.grad()), new Tensor(head.grad()));
    }

    private static Tensor hidden() {
        torch.manual_seed(1);
        return torch.randn(TOKENS, WIDTH);
    }

    private static Tensor weight() {
        torch.manual_seed(2);
        return torch.randn(VOCAB, WIDTH).requires_grad_(false);
    }
}
