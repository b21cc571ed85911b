package dev.packtrain.training.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Tensors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What kernels for logits must do: what libtorch's operations do. */
abstract class LogitsMathContractTest {
    private static final int ROWS = 23;
    private static final int VOCAB = 2_011;
    private static final double SCALE = 0.125;

    abstract LogitsMath math(Tensor like);

    /** Makes the tensors that are worked on. */
    TensorFactory memory() {
        return new TensorFactory(ComputeDevice.CPU);
    }

    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Float", "BFloat16"})
    void libtorchsOperationsGiveTheSame(ScalarType dtype) {
        TensorScope.run(() -> {
            torch.manual_seed(3);
            Tensor ours = memory().toDevice(
                            torch.randn(ROWS, VOCAB).mul_(new Scalar(4.0)).to(dtype));
            Tensor torchs = ours.clone();
            int[] targets =
                    IntStream.range(0, ROWS).map(row -> row * 97 % VOCAB).toArray();
            targets[1] = VOCAB - 1;
            double expected = new TorchLogitsMath().lossAndGradient(torchs, targets, SCALE);
            LogitsMath math = math(ours);
            assertThat(math.loss(ours, targets)).isCloseTo(expected, within(1e-6 * expected));
            assertThat(math.lossAndGradient(ours, targets, SCALE)).isCloseTo(expected, within(1e-6 * expected));
            assertThat(Tensors.relativeError(ours, torchs)).isLessThan(dtype == ScalarType.Float ? 1e-5 : 0x1p-7);
        });
    }
}
