package dev.packtrain.training.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.options.OptimizerOptions;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** A parameter's learning-rate scale is what an optimizer of its own with that learning rate would do. */
class ParameterGroupsTest {
    private static final OptimizerOptions OPTIONS = new OptimizerOptions(0.01, 0.1, 0.9, 0.95, 1e-8, 0, false);

    @Test
    void eachGroupMovesAtItsOwnRate() {
        TorchRuntime.start(1);
        TensorScope.run(() -> {
            List<Parameter> together = List.of(
                    parameter("a", true, 1),
                    parameter("b", true, 16),
                    parameter("c", false, 1),
                    parameter("d", true, 1));
            try (FlatParameters flat = new FlatParameters(together, false);
                    AdamW optimizer = new AdamW(flat, OPTIONS)) {
                assertThat(flat.groups())
                        .containsExactly(
                                new FlatParameters.Group(0, 10, true, 1),
                                new FlatParameters.Group(10, 15, true, 16),
                                new FlatParameters.Group(15, 20, false, 1));
                step(together, optimizer, 0.01);
                for (Parameter parameter : together) {
                    Parameter alone = parameter(parameter.name(), parameter.decays(), 1);
                    try (FlatParameters own = new FlatParameters(List.of(alone), false);
                            AdamW its = new AdamW(own, OPTIONS)) {
                        step(List.of(alone), its, 0.01 * parameter.learningRateScale());
                        assertThat(parameter.tensor().equal(alone.tensor()))
                                .as(parameter.name())
                                .isTrue();
                    }
                }
            }
        });
    }

    private static void step(List<Parameter> parameters, AdamW optimizer, double rate) {
        for (int step = 1; step <= 3; step++) {
            for (Parameter parameter : parameters) {
                TensorScope.run(() -> parameter.tensor().grad().fill_(new Scalar(0.5)));
            }
            optimizer.step(step, rate, optimizer.gradNorm());
        }
    }

    private static Parameter parameter(String name, boolean decays, double scale) {
        Tensor tensor = torch.arange(new Scalar(1), new Scalar(6))
                .to(torch.ScalarType.Float)
                .requires_grad_(true);
        return new Parameter(name, tensor, decays, TensorSplit.whole(tensor.shape()), false, scale);
    }
}
