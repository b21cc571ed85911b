package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.engine.Recording;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A frozen linear of few bits, with a bias, as the factory of layers makes it. */
class QuantizedLinearTest {
    private static final int TOKENS = 5;
    private static final int IN = 20;
    private static final int OUT = 6;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static Linear linear(Algorithm algorithm, ScalarType dtype, Kept kept) {
        WeightSource source = new FreshWeights(5, 1);
        Optional<QuantizationOptions> options = Optional.of(new QuantizationOptions(algorithm, 8, false, 256));
        PlacedLayers layers =
                new PlacedLayers(Placement.WHOLE, source, dtype, new TensorFactory(ComputeDevice.CPU), kept, options);
        Linear linear = layers.linear("model.layers.0.self_attn.q_proj", IN, OUT, true);
        linear.parameters().forEach(parameter -> parameter.tensor().requires_grad_(false));
        return linear;
    }

    @ParameterizedTest
    @EnumSource
    void theGradientIsFiniteDifferences(Algorithm algorithm) {
        TensorScope.run(() -> GradientMode.off(() -> {
            try (Kept kept = new Kept()) {
                Linear linear = linear(algorithm, ScalarType.Double, kept);
                Tensor x = random(1, ScalarType.Double, TOKENS, IN);
                Tensor grad = random(2, ScalarType.Double, TOKENS, OUT);
                Tensor gradX = linear.backward(x, grad, Optional.empty()).reshape(-1);
                Tensor flat = x.view(-1);
                for (long i = 0; i < flat.numel(); i++) {
                    Tensor element = flat.narrow(0, i, 1);
                    element.add_(new Scalar(1e-5));
                    double up = linear.apply(x).mul(grad).sum().item_double();
                    element.sub_(new Scalar(2e-5));
                    double down = linear.apply(x).mul(grad).sum().item_double();
                    element.add_(new Scalar(1e-5));
                    assertThat((up - down) / 2e-5)
                            .isCloseTo(gradX.narrow(0, i, 1).item_double(), within(1e-7));
                }
            }
            return null;
        }));
    }

    @ParameterizedTest
    @EnumSource
    void itIsTheLinearOfItsNumbers(Algorithm algorithm) {
        TensorScope.run(() -> GradientMode.off(() -> {
            try (Kept kept = new Kept()) {
                Linear linear = linear(algorithm, ScalarType.Float, kept);
                Tensor exact = new FreshWeights(5, 1)
                        .get(linear.weight().name(), linear.weight().split(), WeightSource.Role.MATRIX);
                Tensor w = linear.matrix();
                assertThat(Tensors.relativeError(w, exact)).isBetween(1e-3, 0.35);
                assertThat(linear.like().scalar_type().intern()).isEqualTo(ScalarType.Float);
                assertThat(linear.weight().isTrained()).isFalse();
                Tensor x = random(1, ScalarType.Float, TOKENS, IN);
                Tensor grad = random(2, ScalarType.Float, TOKENS, OUT);
                assertThat(Tensors.relativeError(linear.apply(x), torch.linear(x, w)))
                        .isLessThan(1e-6);
                Tensor sum = random(3, ScalarType.Float, TOKENS, IN);
                Tensor expected = sum.addmm(grad, w);
                assertThat(Tensors.relativeError(linear.backward(x, grad, Optional.of(sum)), expected))
                        .isLessThan(1e-6);
                try (Recording run = Recording.of(in -> new Tensor[] {linear.apply(in[0])}, x)) {
                    assertThat(Tensors.relativeError(run.backward(grad)[0], grad.mm(w)))
                            .as("for whoever leaves the gradient to autograd")
                            .isLessThan(1e-6);
                }
            }
            return null;
        }));
    }

    private static Tensor random(int seed, ScalarType dtype, long... shape) {
        torch.manual_seed(seed);
        return torch.randn(shape).to(dtype);
    }
}
