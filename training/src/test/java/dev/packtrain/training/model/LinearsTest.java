package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class LinearsTest {
    /** Anything that decorates a linear may leave its gradients to autograd: as this one does. */
    private record Recorded(PlainLinear plain) implements Linear {
        @Override
        public Tensor apply(Tensor xTI) {
            return plain.apply(xTI);
        }

        @Override
        public Parameter weight() {
            return plain.weight();
        }

        @Override
        public LinearSplit split() {
            return plain.split();
        }

        @Override
        public List<Parameter> parameters() {
            return plain.parameters();
        }
    }

    @Test
    void explicitGradientsAreThoseThatAutogradRecords() {
        TorchRuntime.start(1);
        TensorScope.run(() -> GradientMode.off(() -> {
            Linears explicit = Linears.of(plain(1), plain(2), plain(3));
            Linears mixed = Linears.of(plain(1), new Recorded(plain(2)), new Recorded(plain(3)));
            Tensor x = random(9, 11, 5);
            Tensor[] grads = {random(6, 11, 7), random(7, 11, 7), random(8, 11, 7)};
            for (int repeat = 1; repeat <= 2; repeat++) {
                Tensor fromExplicit = explicit.backward(x, grads);
                assertThat(Tensors.relativeError(fromExplicit, mixed.backward(x, grads)))
                        .isLessThan(1e-14);
                for (int i = 0; i < grads.length; i++) {
                    assertThat(Tensors.relativeError(grad(explicit, i), grad(mixed, i)))
                            .isLessThan(1e-14);
                }
            }
            Tensor[] results = explicit.apply(x);
            IntStream.range(0, 3).forEach(i -> assertThat(results[i].equal(mixed.apply(x)[i]))
                    .isTrue());
            return null;
        }));
    }

    private static Tensor grad(Linears linears, int i) {
        return linears.linears().get(i).parameters().get(0).tensor().grad();
    }

    private static PlainLinear plain(int seed) {
        return new PlainLinear(
                new Parameter("w" + seed, random(seed, 7, 5).requires_grad_(true), true), LinearSplit.WHOLE);
    }

    private static Tensor random(int seed, long... shape) {
        torch.manual_seed(seed);
        return torch.randn(shape).to(ScalarType.Double);
    }
}
