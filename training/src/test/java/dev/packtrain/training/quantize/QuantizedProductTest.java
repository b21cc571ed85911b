package dev.packtrain.training.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Goldens;
import dev.packtrain.training.model.Tensors;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizedProductTest {
    private static final long OUT = 200;
    private static final long IN = 330;

    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    static Stream<QuantizationOptions> options() {
        List<QuantizationOptions> all = new ArrayList<>();
        for (Algorithm algorithm : Algorithm.values()) {
            all.add(QuantizationOptions.of(algorithm, false));
        }
        all.add(QuantizationOptions.of(Algorithm.NF4, true));
        all.add(new QuantizationOptions(Algorithm.FP4, 24, true, 8));
        return all.stream();
    }

    private static Tensor matrix() {
        torch.manual_seed(3);
        return torch.randn(OUT, IN);
    }

    private static QuantizedLayout layout(QuantizationOptions options, int dim, long from, long length) {
        return QuantizedWeights.layout(options, new long[] {OUT, IN}, dim, from, length);
    }

    private static Tensor quantized(QuantizedLayout layout, Tensor weight) {
        return WeightQuantizer.quantize(layout, OUT, (first, count) -> weight.narrow(0, first, count));
    }

    /** Written out in docs/goldens/make_qlora_goldens.py, by the rules of bitsandbytes. */
    @ParameterizedTest
    @CsvSource({
        "NF4, false, nf4",
        "NF4, true, nf4_double",
        "FP4, false, fp4",
        "INT4, false, weight_only_int4",
        "INT8, false, weight_only_int8"
    })
    void theRoundTripIsThatOfTheReference(Algorithm algorithm, boolean twice, String name) {
        TensorScope.run(() -> {
            try (SafetensorsFile golden =
                    SafetensorsFile.open(Goldens.directory("qlora").resolve("round_trips.safetensors"))) {
                Tensor weight = golden.read("weight");
                Tensor expected = golden.read(name);
                Tensor got = QuantizedWeights.roundTrip(new QuantizationOptions(algorithm, 64, twice, 16), weight);
                assertThat(Tensors.relativeError(got, expected)).isLessThan(1e-6);
                double error = got.sub(weight).norm().item_double();
                assertThat(error / expected.sub(weight).norm().item_double()).isBetween(1 - 1e-5, 1 + 1e-5);
                assertThat(error / weight.norm().item_double()).isBetween(0.001, 0.15);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("options")
    void everyWayMultipliesTheSameNumbers(QuantizationOptions options) {
        QuantizedLayout layout = layout(options, 0, 0, OUT);
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            TensorScope.run(() -> {
                Tensor bytes = quantized(layout, matrix());
                QuantizedProduct formula = new TorchQuantizedProduct(layout, dtype);
                assertThat(bytes.numel()).isEqualTo(QuantizedWeights.bytes(options, OUT, IN));
                Tensor numbers = formula.dense(bytes);
                double tolerance = dtype == ScalarType.Float ? 2e-6 : 1e-2;
                for (long fused : new long[] {0, Long.MAX_VALUE}) {
                    QuantizedProduct product = new CpuQuantizedProduct(layout, dtype, fused);
                    assertThat(product.dense(bytes).equal(numbers)).isTrue();
                    for (long tokens : new long[] {1, 5, 70}) {
                        Tensor x = torch.randn(tokens, IN).to(dtype);
                        Tensor gradient = torch.randn(tokens, OUT).to(dtype);
                        assertThat(Tensors.relativeError(product.apply(bytes, x), formula.apply(bytes, x)))
                                .isLessThan(tolerance);
                        assertThat(Tensors.relativeError(
                                        product.transposed(bytes, gradient), formula.transposed(bytes, gradient)))
                                .isLessThan(tolerance);
                    }
                }
            });
        }
    }

    /** Panels of a matrix that does not fit into one: 4 MiB are 1,048,576 numbers of fp32. */
    @Test
    void panelsDoNotShow() {
        long[] shape = {700, 4100};
        QuantizedLayout layout = QuantizedWeights.layout(QuantizationOptions.of(Algorithm.NF4, true), shape, 0, 0, 700);
        TensorScope.run(() -> {
            Tensor weight = torch.randn(shape);
            Tensor bytes = WeightQuantizer.quantize(layout, 700, (first, count) -> weight.narrow(0, first, count));
            QuantizedProduct panels = new CpuQuantizedProduct(layout, ScalarType.Float, 0);
            Tensor numbers = panels.dense(bytes);
            Tensor x = torch.randn(9, 4100);
            Tensor gradient = torch.randn(9, 700);
            assertThat(Tensors.relativeError(panels.apply(bytes, x), torch.linear(x, numbers)))
                    .isLessThan(1e-6);
            assertThat(Tensors.relativeError(panels.transposed(bytes, gradient), gradient.mm(numbers)))
                    .isLessThan(1e-6);
        });
    }

    /** Whatever part of a matrix a rank has, its numbers are the whole one's, bit for bit; parts need not end with a block. */
    @ParameterizedTest
    @MethodSource("options")
    void partsHaveTheNumbersOfTheWhole(QuantizationOptions options) {
        TensorScope.run(() -> {
            Tensor weight = matrix();
            QuantizedLayout all = layout(options, 0, 0, OUT);
            Tensor whole = QuantizedProduct.of(all, ScalarType.Float, ComputeDevice.CPU)
                    .dense(quantized(all, weight));
            for (int dim : new int[] {0, 1}) {
                for (long from : new long[] {0, 1, 67, 128}) {
                    QuantizedLayout part = layout(options, dim, from, 71);
                    Tensor bytes = quantized(part, weight);
                    Tensor expected = whole.narrow(dim, from, 71);
                    assertThat(new CpuQuantizedProduct(part, ScalarType.Float)
                                    .dense(bytes)
                                    .equal(expected))
                            .isTrue();
                    assertThat(new TorchQuantizedProduct(part, ScalarType.Float)
                                    .dense(bytes)
                                    .equal(expected))
                            .isTrue();
                }
            }
        });
    }

    @Test
    void whatIsNotThereIsNotRead() {
        QuantizedLayout layout = layout(QuantizationOptions.of(Algorithm.NF4, false), 0, 0, OUT);
        TensorScope.run(() -> {
            Tensor hole = torch.zeros(1).to(ScalarType.Byte).expand(layout.numBytes());
            assertThatThrownBy(() -> new CpuQuantizedProduct(layout, ScalarType.Float).apply(hole, torch.randn(1, IN)))
                    .hasMessageContaining("not there");
            Tensor bytes = quantized(layout, matrix());
            Tensor other = torch.randn(1, IN).to(ScalarType.BFloat16);
            assertThatThrownBy(() -> new CpuQuantizedProduct(layout, ScalarType.Float).apply(bytes, other))
                    .hasMessageContaining("got BFloat16");
            assertThatThrownBy(() ->
                            new CpuQuantizedProduct(layout, ScalarType.Float).transposed(bytes, torch.randn(1, IN)))
                    .hasMessageContaining("wanted Float of [T, 200]");
        });
    }
}
