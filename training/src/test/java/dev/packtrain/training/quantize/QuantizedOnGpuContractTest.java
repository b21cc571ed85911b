package dev.packtrain.training.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What kernels for GPUs must do with quantised weights: what libtorch's operations do, the numbers themselves to the last bit. */
abstract class QuantizedOnGpuContractTest {
    private static final long OUT = 40;
    private static final long IN = 192;

    abstract QuantizedProduct product(QuantizedLayout layout);

    /** Makes the tensors that are worked on. */
    abstract TensorFactory memory();

    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @CsvSource({"NF4, false", "NF4, true", "FP4, false", "INT4, false", "INT8, false"})
    void numbersAndProductsAreThoseOfLibtorch(Algorithm algorithm, boolean twice) {
        TensorScope.run(() -> {
            torch.manual_seed(3);
            Tensor weight = torch.randn(OUT, IN);
            QuantizedLayout layout =
                    QuantizedWeights.layout(QuantizationOptions.of(algorithm, twice), new long[] {OUT, IN}, 1, 64, 128);
            Tensor bytes = memory().toDevice(
                            WeightQuantizer.quantize(layout, OUT, (first, count) -> weight.narrow(0, first, count)));
            // From an address that is no multiple of 8, as in a buffer of several matrices.
            Tensor odd =
                    torch.cat(new TensorVector(bytes.narrow(0, 0, 4), bytes)).narrow(0, 4, bytes.numel());
            QuantizedProduct formula = new TorchQuantizedProduct(layout, ScalarType.BFloat16);
            QuantizedProduct kernels = product(layout);
            assertThat(kernels.dense(bytes).equal(formula.dense(bytes))).isTrue();
            assertThat(kernels.dense(odd).equal(formula.dense(bytes))).isTrue();
            Tensor absent = bytes.narrow(0, 0, 1).expand(bytes.numel());
            assertThatThrownBy(() -> kernels.dense(absent)).hasMessageContaining("are not there");
            for (long tokens : new long[] {1, 8, 9}) {
                Tensor x = memory().toDevice(torch.randn(tokens, layout.cols()).to(ScalarType.BFloat16));
                Tensor gradient = memory().toDevice(torch.randn(tokens, OUT).to(ScalarType.BFloat16));
                assertThat(Tensors.relativeError(kernels.apply(bytes, x), formula.apply(bytes, x)))
                        .isLessThan(1e-2);
                assertThat(Tensors.relativeError(
                                kernels.transposed(bytes, gradient), formula.transposed(bytes, gradient)))
                        .isLessThan(1e-2);
            }
        });
    }
}
