package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraLinearTest {
    private static final int TOKENS = 13;
    private static final int IN = 11;
    private static final int OUT = 7;
    private static final int RANK = 3;
    private static final double SCALE = 1.7;

    private final TrainingPass pass = new TrainingPass(5);
    private final PackedSequence pack = Packs.random(1, 31, 9, 4);

    @BeforeEach
    void start() {
        TorchRuntime.start(1);
    }

    /** A frozen matrix whose gradients autograd finds. */
    record Plain(Parameter weight) implements Linear {
        @Override
        public Tensor apply(Tensor xTI) {
            return torch.linear(xTI, weight.tensor());
        }

        @Override
        public LinearSplit split() {
            return LinearSplit.WHOLE;
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(weight);
        }
    }

    /** The same layer, its gradients left to autograd. */
    private record Recorded(LoraLinear lora) implements Linear {
        @Override
        public Tensor apply(Tensor xTI) {
            return lora.apply(xTI);
        }

        @Override
        public Parameter weight() {
            return lora.weight();
        }

        @Override
        public LinearSplit split() {
            return lora.split();
        }

        @Override
        public List<Parameter> parameters() {
            return lora.parameters();
        }
    }

    private LoraLinear lora(double dropout) {
        Plain base = new Plain(parameter("w", 1, false, OUT, IN));
        return new LoraLinear(
                base,
                parameter("a", 2, true, RANK, IN),
                parameter("b", 3, true, OUT, RANK),
                SCALE,
                new Dropout((int) (dropout * 65536), 77, 0, pass));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4})
    void explicitGradientsAreThoseOfAutograd(double dropout) {
        TensorScope.run(() -> GradientMode.off(() -> {
            pass.begin(pack, random(1, 1));
            LoraLinear explicit = lora(dropout);
            LoraLinear twin = lora(dropout);
            Recorded recorded = new Recorded(twin);
            Tensor x = random(4, TOKENS, IN);
            Tensor grad = random(5, TOKENS, OUT);
            for (int repeat = 1; repeat <= 2; repeat++) {
                Tensor sum = random(6, TOKENS, IN);
                Tensor expected = recorded.backward(x, grad, Optional.of(sum.clone()));
                Tensor got = explicit.backward(x, grad, Optional.of(sum));
                assertThat(Tensors.relativeError(got, expected)).isLessThan(1e-14);
                assertThat(Tensors.relativeError(
                                explicit.backward(x, grad, Optional.empty()),
                                recorded.backward(x, grad, Optional.empty())))
                        .isLessThan(1e-14);
                assertThat(Tensors.relativeError(grad(explicit.down()), grad(twin.down())))
                        .isLessThan(1e-14);
                assertThat(Tensors.relativeError(grad(explicit.up()), grad(twin.up())))
                        .isLessThan(1e-14);
            }
            assertThat(explicit.weight().tensor().grad().defined()).isFalse();
            return null;
        }));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.4})
    void gradientsAreFiniteDifferences(double dropout) {
        TensorScope.run(() -> GradientMode.off(() -> {
            pass.begin(pack, random(1, 1));
            LoraLinear lora = lora(dropout);
            Tensor x = random(4, TOKENS, IN);
            Tensor grad = random(5, TOKENS, OUT);
            Tensor gradX = lora.backward(x, grad, Optional.empty());
            assertDifferences(lora, x, grad, x, gradX);
            assertDifferences(lora, x, grad, lora.down().tensor(), grad(lora.down()));
            assertDifferences(lora, x, grad, lora.up().tensor(), grad(lora.up()));
            return null;
        }));
    }

    private static void assertDifferences(LoraLinear lora, Tensor x, Tensor grad, Tensor changed, Tensor gradient) {
        double step = 1e-5;
        Tensor flat = changed.detach().view(-1);
        for (long i = 0; i < flat.numel(); i++) {
            Tensor element = flat.narrow(0, i, 1);
            element.add_(new Scalar(step));
            double up = lora.apply(x).mul(grad).sum().item_double();
            element.sub_(new Scalar(2 * step));
            double down = lora.apply(x).mul(grad).sum().item_double();
            element.add_(new Scalar(step));
            double expected = gradient.reshape(-1).narrow(0, i, 1).item_double();
            assertThat((up - down) / (2 * step)).as("element %d", i).isCloseTo(expected, within(1e-7));
        }
    }

    /** Linears of one input share products where they can, beside others that cannot: with dropout, or not adapted. */
    @Test
    void linearsOfOneInputAreOneAfterTheOther() {
        TensorScope.run(() -> GradientMode.off(() -> {
            pass.begin(pack, random(1, 1));
            Plain plain = new Plain(parameter("w", 7, false, OUT, IN));
            assertThat(LoraLinears.of(List.of(lora(0), plain, lora(0.4)))).isEmpty();
            Tensor x = random(4, TOKENS, IN);
            Tensor[] grads = {
                random(5, TOKENS, OUT), random(6, TOKENS, OUT), random(7, TOKENS, OUT), random(8, TOKENS, OUT)
            };
            List<LoraLinear> loras = List.of(lora(0), lora(0.4), lora(0));
            List<LoraLinear> twins = List.of(lora(0), lora(0.4), lora(0));
            Segment shared = LoraLinears.of(List.of(loras.get(0), plain, loras.get(1), loras.get(2)))
                    .orElseThrow();
            List<Linear> alone = List.of(twins.get(0), plain, twins.get(1), twins.get(2));
            Tensor[] results = shared.apply(x);
            Tensor expected = torch.zeros_like(x);
            for (int i = 0; i < grads.length; i++) {
                assertThat(Tensors.relativeError(results[i], alone.get(i).apply(x)))
                        .isLessThan(1e-14);
                alone.get(i).backward(x, grads[i], Optional.of(expected));
            }
            assertThat(Tensors.relativeError(shared.backward(x, grads), expected))
                    .isLessThan(1e-14);
            assertSameGradients(loras, twins);
            shared.addGradients(x, grads);
            for (int i = 0; i < grads.length; i++) {
                alone.get(i).addGradients(x, grads[i]);
            }
            assertSameGradients(loras, twins);
            return null;
        }));
    }

    private static void assertSameGradients(List<LoraLinear> got, List<LoraLinear> expected) {
        for (int i = 0; i < got.size(); i++) {
            LoraLinear lora = got.get(i);
            LoraLinear twin = expected.get(i);
            assertThat(Tensors.relativeError(grad(lora.down()), grad(twin.down())))
                    .isLessThan(1e-14);
            assertThat(Tensors.relativeError(grad(lora.up()), grad(twin.up()))).isLessThan(1e-14);
        }
    }

    @Test
    void dropoutKeepsTheMeanAndIsOffOutsideOfTraining() {
        TensorScope.run(() -> GradientMode.off(() -> {
            LoraLinear with = lora(0.4);
            Tensor x = random(4, TOKENS, IN);
            assertThat(with.apply(x).equal(lora(0).apply(x)))
                    .as("no pass of training")
                    .isTrue();
            Tensor ones = torch.ones(TOKENS, 4096).to(ScalarType.Double);
            pass.begin(pack, ones);
            Dropout dropout = new Dropout((int) (0.4 * 65536), 1, 0, pass);
            double mean = dropout.kept(ones)
                    .orElseThrow()
                    .to(ScalarType.Double)
                    .mean()
                    .item_double();
            // 53,248 coins: five standard deviations.
            assertThat(mean).isCloseTo(0.6, within(5 * Math.sqrt(0.24 / 53248)));
            assertThat(mean * dropout.scale()).isCloseTo(1, within(0.02));
            return null;
        }));
    }

    @Test
    void aMaskDependsOnItsPlaceAlone() {
        TensorScope.run(() -> {
            Tensor x = torch.ones(TOKENS, 64);
            Dropout whole = new Dropout(20000, 9, 0, pass);
            pass.beginStep(3);
            pass.begin(pack, x);
            Tensor mask = whole.kept(x).orElseThrow();
            assertThat(mask.equal(whole.kept(x).orElseThrow())).as("again").isTrue();
            for (long from : new long[] {0, 1, 2, 3, 24, 61}) {
                Tensor part = x.narrow(1, from, 3);
                Dropout here = new Dropout(20000, 9, from, pass);
                assertThat(here.kept(part).orElseThrow().equal(mask.narrow(1, from, 3)))
                        .as("columns of another rank, from %d", from)
                        .isTrue();
            }
            assertThat(new Dropout(20000, 10, 0, pass).kept(x).orElseThrow().equal(mask))
                    .as("another layer")
                    .isFalse();
            PackedSequence secondAlone = new PackedSequence(
                    new int[4], new int[4], new int[4], new int[] {0, 4}, new long[] {pack.exampleIds()[1]});
            pass.begin(secondAlone, x);
            assertThat(whole.kept(x.narrow(0, 0, 4)).orElseThrow().equal(mask.narrow(0, 9, 4)))
                    .as("the same example in another pack")
                    .isTrue();
            pass.beginStep(4);
            pass.begin(pack, x);
            assertThat(whole.kept(x).orElseThrow().equal(mask))
                    .as("another step")
                    .isFalse();
        });
    }

    private static Tensor grad(Parameter parameter) {
        return LeafGradient.of(parameter.tensor());
    }

    private static Parameter parameter(String name, int seed, boolean trained, long... shape) {
        return new Parameter(name, random(seed, shape).requires_grad_(trained), true);
    }

    private static Tensor random(int seed, long... shape) {
        torch.manual_seed(seed);
        return torch.randn(shape).to(ScalarType.Double);
    }
}
