package dev.packtrain.training.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.options.OptimizerOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Against torch.optim.AdamW and clip_grad_norm_: docs/goldens/adamw_and_schedules.py. */
class AdamWGoldenTest {
    private static final OptimizerOptions OPTIONS = new OptimizerOptions(0.01, 0.1, 0.9, 0.95, 1e-8, 1.0, false);
    private static final float ODD = 1f / 1024;
    private static final double FP32_ROUNDING = 3e-7;

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @Test
    void fiveClippedStepsOfOurKernelsEqualTorch() throws IOException {
        fiveClippedStepsEqualTorch(CpuFlatMath::new);
    }

    @Test
    void fiveClippedStepsOfLibtorchsOperationsEqualTorch() throws IOException {
        fiveClippedStepsEqualTorch(TorchFlatMath::new);
    }

    private static void fiveClippedStepsEqualTorch(Function<FlatParameters, FlatMath> math) throws IOException {
        Parameter plain = parameter("plain", values(5, 53, 7), false, 5);
        Parameter decayed = parameter("decayed", values(24, 37, 11), true, 4, 6);
        // The model's order is not the flat order: decayed parameters come first.
        try (FlatParameters parameters = new FlatParameters(List.of(plain, decayed), true);
                AdamW optimizer = new AdamW(parameters, OPTIONS, math.apply(parameters))) {
            for (String row : rows()) {
                String[] cells = row.split(",", -1);
                int step = Integer.parseInt(cells[0]);
                copy(values(24, 29 + step, step), decayed.tensor().grad());
                copy(values(5, 31 + step, 3 * step), plain.tensor().grad());
                double norm = optimizer.gradNorm();
                assertThat(norm / Double.parseDouble(cells[1])).isCloseTo(1, within(FP32_ROUNDING));
                optimizer.step(step, 0.01 / step, norm);
                float[] weights = floats(parameters.masterWeights(0, parameters.numElements()));
                for (int i = 0; i < weights.length; i++) {
                    assertThat((double) weights[i])
                            .as("step %d, element %d", step, i)
                            .isCloseTo(Double.parseDouble(cells[2 + i]), within(FP32_ROUNDING));
                }
            }
            assertThat(floats(decayed.tensor())).startsWith(floats(parameters.weights())[0]);
        }
    }

    @Test
    void theNormIsOverAllParametersAndLeavesThemAlone() {
        Parameter first = parameter("p", new float[] {1, 2}, true, 2);
        Parameter second = parameter("q", new float[] {1, 2}, false, 2);
        try (FlatParameters parameters = new FlatParameters(List.of(first, second), true);
                AdamW optimizer = new AdamW(parameters, OPTIONS)) {
            copy(new float[] {3, 0}, first.tensor().grad());
            copy(new float[] {0, 4}, second.tensor().grad());
            assertThat(optimizer.gradNorm()).isEqualTo(5);
            assertThat(new TorchFlatMath(parameters).gradNorm()).isEqualTo(5);
            assertThat(floats(parameters.mainGrads())).containsExactly(3, 0, 0, 4);
            copy(new float[] {Float.NaN, 0}, first.tensor().grad());
            assertThat(optimizer.gradNorm()).isNaN();
        }
    }

    @Test
    void bf16WeightsKeepAnFp32MasterAndAccumulateInFp32() {
        Tensor tensor =
                torch.tensor(new float[] {1, 1, 1}).to(ScalarType.BFloat16).set_requires_grad(true);
        try (FlatParameters parameters = new FlatParameters(List.of(new Parameter("p", tensor, true)), true);
                AdamW optimizer = new AdamW(parameters, OPTIONS)) {
            assertThat(parameters.remainders()).isPresent();
            // 1 + 2⁻¹⁰ is no bf16 number: the sum must not be made in bf16.
            copy(new float[] {1, 0, 0}, tensor.grad());
            parameters.accumulate();
            copy(new float[] {ODD, 0, 0}, tensor.grad());
            parameters.accumulate();
            assertThat(floats(parameters.mainGrads())).containsExactly(1 + ODD, 0, 0);
            assertThat(floats(tensor.grad().to(ScalarType.Float))).containsOnly(0);
            optimizer.step(1, 1e-4, optimizer.gradNorm());
            assertThat(floats(parameters.masterWeights(0, parameters.numElements()))[0])
                    .isLessThan(0.9999f)
                    .isGreaterThan(0.9998f);
            assertThat(floats(tensor.to(ScalarType.Float))).containsExactly(1, 1, 1);
        }
    }

    @Test
    void gradientsOfOneBackwardPassNeedNoSumsInFp32() {
        float[][] masters = new float[2][];
        for (int run = 0; run < 2; run++) {
            Tensor tensor =
                    torch.tensor(values(24, 37, 11)).to(ScalarType.BFloat16).set_requires_grad(true);
            boolean addsUp = run == 1;
            try (FlatParameters parameters = new FlatParameters(List.of(new Parameter("p", tensor, true)), addsUp);
                    AdamW optimizer = new AdamW(parameters, OPTIONS)) {
                assertThat(parameters.mainGrads().scalar_type().intern())
                        .isEqualTo(addsUp ? ScalarType.Float : ScalarType.BFloat16);
                for (int step = 1; step <= 3; step++) {
                    copy(values(24, 29 + step, step), tensor.grad());
                    parameters.accumulate();
                    optimizer.step(step, 0.01, optimizer.gradNorm());
                    parameters.zeroGrads();
                    assertThat(tensor.grad().abs().max().item_double()).isZero();
                }
                masters[run] = floats(parameters.masterWeights(0, parameters.numElements()));
            }
        }
        assertThat(masters[0]).containsExactly(masters[1]);
    }

    @Test
    void libtorchsOperationsKeepTheSameMasterWeightsBesideBf16() {
        float[][] masters = new float[2][];
        for (int run = 0; run < 2; run++) {
            Tensor tensor =
                    torch.tensor(values(24, 37, 11)).to(ScalarType.BFloat16).set_requires_grad(true);
            try (FlatParameters parameters = new FlatParameters(List.of(new Parameter("p", tensor, true)), false);
                    AdamW optimizer = new AdamW(
                            parameters,
                            OPTIONS,
                            run == 0 ? new CpuFlatMath(parameters) : new TorchFlatMath(parameters))) {
                for (int step = 1; step <= 5; step++) {
                    copy(values(24, 29 + step, step), tensor.grad());
                    optimizer.step(step, 0.01, optimizer.gradNorm());
                }
                masters[run] = floats(parameters.masterWeights(0, parameters.numElements()));
                for (int i = 0; i < masters[run].length; i++) {
                    float computed = floats(tensor.to(ScalarType.Float))[i];
                    assertThat(Math.abs(computed - masters[run][i])).isLessThanOrEqualTo(Math.abs(computed) * 0x1p-8f);
                }
            }
        }
        for (int i = 0; i < masters[0].length; i++) {
            assertThat((double) masters[0][i]).isCloseTo(masters[1][i], within(FP32_ROUNDING));
        }
    }

    @Test
    void lowPrecisionMomentsStayNearFp32Ones() {
        OptimizerOptions low = new OptimizerOptions(0.01, 0.1, 0.9, 0.95, 1e-8, 1.0, true);
        float[][] weights = new float[2][];
        for (int run = 0; run < 2; run++) {
            Parameter parameter = parameter("p", values(24, 37, 11), true, 4, 6);
            try (FlatParameters parameters = new FlatParameters(List.of(parameter), false);
                    AdamW optimizer = new AdamW(parameters, run == 0 ? OPTIONS : low)) {
                for (int step = 1; step <= 50; step++) {
                    copy(values(24, 29 + step, step), parameter.tensor().grad());
                    optimizer.step(step, 0.01, optimizer.gradNorm());
                }
                assertThat(optimizer.expAvgSq().element_size()).isEqualTo(run == 0 ? 4 : 2);
                weights[run] = floats(parameters.weights());
            }
        }
        for (int i = 0; i < weights[0].length; i++) {
            assertThat((double) weights[1][i]).isNotEqualTo(weights[0][i]).isCloseTo(weights[0][i], within(5e-3));
        }
    }

    private static Parameter parameter(String name, float[] values, boolean decays, long... shape) {
        return new Parameter(name, torch.tensor(values).view(shape).clone().set_requires_grad(true), decays);
    }

    /** The pseudo-data of the script, exact in fp32. */
    private static float[] values(int n, int a, int b) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = ((i * a + b) % 257 - 128) / 64f;
        }
        return values;
    }

    private static void copy(float[] values, Tensor target) {
        target.copy_(torch.tensor(values).view(target.shape()));
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        tensor.contiguous().data_ptr_float().get(values);
        return values;
    }

    private static List<String> rows() throws IOException {
        try (InputStream in = AdamWGoldenTest.class.getResourceAsStream("adamw.csv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .toList();
        }
    }
}
