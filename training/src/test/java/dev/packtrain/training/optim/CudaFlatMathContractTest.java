package dev.packtrain.training.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What kernels for GPUs must do: what the CPU's do, an update to the last bit. */
abstract class CudaFlatMathContractTest {
    private static final int COUNT = 3_001;

    abstract FlatMath math();

    /** Makes the tensors that are worked on. */
    abstract TensorFactory memory();

    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @CsvSource({"Float, Float, Float", "BFloat16, Float, Float", "BFloat16, BFloat16, BFloat16"})
    void anUpdateHasTheBitsOfTheCpus(ScalarType weights, ScalarType grads, ScalarType moments) {
        TensorScope.run(() -> {
            AdamWSlice cpu = slice(weights, grads, moments);
            AdamWSlice gpu = there(cpu);
            for (int step = 1; step <= 3; step++) {
                AdamWStep numbers = new AdamWStep(step, 0.01, 0.9, 0.95, 1e-8, 0.1, 0.7);
                new CpuFlatMath().update(cpu.range(5, 2_900), numbers);
                math().update(gpu.range(5, 2_900), numbers);
            }
            List<Tensor> expected = tensors(cpu);
            List<Tensor> actual = tensors(gpu);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i).cpu().equal(expected.get(i)))
                        .as("tensor %d of the slice", i)
                        .isTrue();
            }
            assertThat(expected.get(0)
                            .equal(tensors(slice(weights, grads, moments)).get(0)))
                    .isFalse();
        });
    }

    @ParameterizedTest
    @CsvSource({"Float, 1", "Float, 100000", "BFloat16, 777"})
    void squaresAreThoseOfTheCpu(ScalarType dtype, int count) {
        TensorScope.run(() -> {
            torch.manual_seed(9);
            Tensor values = torch.randn(count).to(dtype);
            double expected = new CpuFlatMath().squares(values);
            assertThat(math().squares(memory().toDevice(values))).isCloseTo(expected, within(1e-12 * expected));
            values.narrow(0, count - 1, 1).fill_(new org.bytedeco.pytorch.Scalar(Double.NaN));
            assertThat(math().squares(memory().toDevice(values))).isNaN();
        });
    }

    private static AdamWSlice slice(ScalarType weights, ScalarType grads, ScalarType moments) {
        torch.manual_seed(5);
        Tensor weight = torch.randn(COUNT).to(weights);
        Optional<Tensor> remainders = weights == ScalarType.Float
                ? Optional.empty()
                : Optional.of(torch.zeros(COUNT).to(ScalarType.Short));
        return new AdamWSlice(
                weight,
                remainders,
                torch.randn(COUNT).to(grads),
                torch.randn(COUNT).to(moments),
                torch.rand(COUNT).to(moments),
                1_000);
    }

    /** A copy, even where it is the same memory. */
    private AdamWSlice there(AdamWSlice slice) {
        return new AdamWSlice(
                memory().toDevice(slice.weights().clone()),
                slice.remainders().map(tensor -> memory().toDevice(tensor.clone())),
                memory().toDevice(slice.grads().clone()),
                memory().toDevice(slice.first().clone()),
                memory().toDevice(slice.second().clone()),
                slice.number());
    }

    private static List<Tensor> tensors(AdamWSlice slice) {
        return Stream.concat(
                        Stream.of(slice.weights(), slice.first(), slice.second(), slice.grads()),
                        slice.remainders().stream())
                .toList();
    }
}
