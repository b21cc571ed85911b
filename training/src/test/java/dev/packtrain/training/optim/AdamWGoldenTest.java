package dev.packtrain.training.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.options.OptimizerOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
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
        fiveClippedStepsEqualTorch(new CpuFlatMath());
    }

    @Test
    void fiveClippedStepsOfLibtorchsOperationsEqualTorch() throws IOException {
        fiveClippedStepsEqualTorch(new TorchFlatMath());
    }

    private static void fiveClippedStepsEqualTorch(FlatMath math) throws IOException {
        // 24 elements that decay, and 5 that do not.
        AdamW optimizer = new AdamW(OPTIONS, math);
        AdamWSlice slice = slice(join(values(24, 37, 11), values(5, 53, 7)), ScalarType.Float, ScalarType.Float, 0);
        List<UpdateRange> ranges = List.of(new UpdateRange(0, 24, true, 1), new UpdateRange(24, 29, false, 1));
        for (String row : rows()) {
            String[] cells = row.split(",", -1);
            int step = Integer.parseInt(cells[0]);
            copy(join(values(24, 29 + step, step), values(5, 31 + step, 3 * step)), slice.grads());
            double norm = Math.sqrt(optimizer.squares(slice.grads()));
            assertThat(norm / Double.parseDouble(cells[1])).isCloseTo(1, within(FP32_ROUNDING));
            optimizer.update(slice, ranges, step, 0.01 / step, optimizer.clipFactor(norm));
            float[] weights = floats(slice.masterWeights());
            for (int i = 0; i < weights.length; i++) {
                assertThat((double) weights[i])
                        .as("step %d, element %d", step, i)
                        .isCloseTo(Double.parseDouble(cells[2 + i]), within(FP32_ROUNDING));
            }
        }
    }

    @Test
    void squaresAreOfAllElementsAndLeaveThemAlone() {
        for (FlatMath math : List.of(new CpuFlatMath(), new TorchFlatMath())) {
            Tensor values = torch.tensor(new float[] {3, 0, 0, 4});
            assertThat(math.squares(values)).isCloseTo(25, within(1e-5));
            assertThat(floats(values)).containsExactly(3, 0, 0, 4);
            copy(new float[] {Float.NaN, 0, 0, 4}, values);
            assertThat(math.squares(values)).isNaN();
        }
    }

    @Test
    void bf16WeightsKeepAnFp32Master() {
        AdamW optimizer = new AdamW(OPTIONS, ComputeDevice.CPU);
        AdamWSlice slice = slice(new float[] {1, 1, 1}, ScalarType.BFloat16, ScalarType.Float, 0);
        copy(new float[] {1 + ODD, 0, 0}, slice.grads());
        optimizer.update(slice, whole(slice), 1, 1e-4, 1);
        assertThat(floats(slice.masterWeights())[0]).isLessThan(0.9999f).isGreaterThan(0.9998f);
        assertThat(floats(slice.weights().to(ScalarType.Float))).containsExactly(1, 1, 1);
    }

    @Test
    void gradientsOfOneBackwardPassNeedNoSumsInFp32() {
        AdamW optimizer = new AdamW(OPTIONS, ComputeDevice.CPU);
        AdamWSlice wide = slice(values(24, 37, 11), ScalarType.BFloat16, ScalarType.Float, 0);
        Tensor narrow = torch.zeros_like(wide.weights());
        AdamWSlice other = slice(values(24, 37, 11), ScalarType.BFloat16, ScalarType.Float, 0);
        AdamWSlice bf16 = new AdamWSlice(
                other.weights(), other.remainders(), narrow, other.first(), other.second(), other.number());
        for (int step = 1; step <= 3; step++) {
            copy(values(24, 29 + step, step), narrow);
            wide.grads().copy_(narrow);
            optimizer.update(wide, whole(wide), step, 0.01, 1);
            optimizer.update(bf16, whole(bf16), step, 0.01, 1);
        }
        assertThat(floats(bf16.masterWeights())).containsExactly(floats(wide.masterWeights()));
    }

    @Test
    void libtorchsOperationsKeepTheSameMasterWeightsBesideBf16() {
        float[][] masters = new float[2][];
        for (int run = 0; run < 2; run++) {
            AdamW optimizer = new AdamW(OPTIONS, run == 0 ? new CpuFlatMath() : new TorchFlatMath());
            AdamWSlice slice = slice(values(24, 37, 11), ScalarType.BFloat16, ScalarType.Float, 0);
            for (int step = 1; step <= 5; step++) {
                copy(values(24, 29 + step, step), slice.grads());
                optimizer.update(slice, whole(slice), step, 0.01, 1);
            }
            masters[run] = floats(slice.masterWeights());
            for (int i = 0; i < masters[run].length; i++) {
                float computed = floats(slice.weights().to(ScalarType.Float))[i];
                assertThat(Math.abs(computed - masters[run][i])).isLessThanOrEqualTo(Math.abs(computed) * 0x1p-8f);
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
            AdamW optimizer = new AdamW(run == 0 ? OPTIONS : low, ComputeDevice.CPU);
            assertThat(optimizer.momentDtype()).isEqualTo(run == 0 ? ScalarType.Float : ScalarType.BFloat16);
            AdamWSlice slice = slice(values(24, 37, 11), ScalarType.Float, optimizer.momentDtype(), 0);
            for (int step = 1; step <= 50; step++) {
                copy(values(24, 29 + step, step), slice.grads());
                optimizer.update(slice, whole(slice), step, 0.01, 1);
            }
            weights[run] = floats(slice.weights());
        }
        for (int i = 0; i < weights[0].length; i++) {
            assertThat((double) weights[1][i]).isNotEqualTo(weights[0][i]).isCloseTo(weights[0][i], within(5e-3));
        }
    }

    @Test
    void whereASliceIsCutChangesNoBitOfLowPrecisionMoments() {
        OptimizerOptions low = new OptimizerOptions(0.01, 0.1, 0.9, 0.95, 1e-8, 1.0, true);
        AdamW optimizer = new AdamW(low, ComputeDevice.CPU);
        float[] values = values(96, 37, 11);
        AdamWSlice whole = slice(values, ScalarType.BFloat16, ScalarType.BFloat16, 1000);
        AdamWSlice tail = slice(Arrays.copyOfRange(values, 33, 96), ScalarType.BFloat16, ScalarType.BFloat16, 1033);
        for (int step = 1; step <= 3; step++) {
            float[] grads = values(96, 29 + step, step);
            copy(grads, whole.grads());
            copy(Arrays.copyOfRange(grads, 33, 96), tail.grads());
            optimizer.update(whole, whole(whole), step, 0.01, 1);
            optimizer.update(tail, whole(tail), step, 0.01, 1);
        }
        assertThat(tail.first().equal(whole.range(33, 96).first())).isTrue();
        assertThat(tail.second().equal(whole.range(33, 96).second())).isTrue();
        assertThat(floats(tail.masterWeights()))
                .containsExactly(floats(whole.range(33, 96).masterWeights()));
    }

    @Test
    void eachRangeMovesAtItsOwnRate() {
        OptimizerOptions unclipped = new OptimizerOptions(0.01, 0.1, 0.9, 0.95, 1e-8, 0, false);
        AdamW optimizer = new AdamW(unclipped, ComputeDevice.CPU);
        AdamWSlice together = slice(values(10, 37, 11), ScalarType.Float, ScalarType.Float, 0);
        AdamWSlice alone = slice(Arrays.copyOfRange(values(10, 37, 11), 4, 10), ScalarType.Float, ScalarType.Float, 4);
        List<UpdateRange> ranges = List.of(new UpdateRange(0, 4, false, 1), new UpdateRange(4, 10, true, 16));
        for (int step = 1; step <= 3; step++) {
            together.grads().fill_(new Scalar(0.5));
            alone.grads().fill_(new Scalar(0.5));
            optimizer.update(together, ranges, step, 0.01, 1);
            optimizer.update(alone, List.of(new UpdateRange(0, 6, true, 1)), step, 0.16, 1);
        }
        assertThat(floats(together.range(4, 10).weights())).containsExactly(floats(alone.weights()));
    }

    private static AdamWSlice slice(float[] weights, ScalarType dtype, ScalarType moments, long number) {
        Tensor tensor = torch.tensor(weights).to(dtype).clone();
        Optional<Tensor> remainders = dtype == ScalarType.Float
                ? Optional.empty()
                : Optional.of(torch.zeros_like(tensor).to(ScalarType.Short));
        Tensor like = torch.tensor(weights);
        return new AdamWSlice(
                tensor,
                remainders,
                torch.zeros_like(like),
                torch.zeros_like(like).to(moments),
                torch.zeros_like(like).to(moments),
                number);
    }

    private static List<UpdateRange> whole(AdamWSlice slice) {
        return List.of(new UpdateRange(0, slice.numElements(), true, 1));
    }

    private static float[] join(float[] first, float[] second) {
        float[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
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
