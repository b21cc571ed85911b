package dev.packtrain.training.attention;

import static dev.packtrain.training.attention.AttentionRuns.RESULTS;
import static dev.packtrain.training.attention.AttentionRuns.assertEmptyRowsAreZero;
import static dev.packtrain.training.attention.AttentionRuns.assertEqualBits;
import static dev.packtrain.training.attention.AttentionRuns.run;
import static dev.packtrain.training.device.TestGpu.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.attention.AttentionCase.Values;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What kernels of 16-bit inputs on a GPU must do, by the rules of {@link AttentionKernelContractTest}. Subclasses are enabled
 * where there is a GPU, so that a run without one counts them as skipped.
 */
@Tag("gpu")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GpuAttentionContractTest {
    private static final List<ScalarType> DTYPES = List.of(ScalarType.BFloat16, ScalarType.Half);

    abstract AttentionKernel kernel(ComputeDevice device);

    abstract Stream<AttentionCase> cases();

    @BeforeEach
    void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isAsAccurateAsThePlainImplementation(AttentionCase shape) {
        TensorScope.run(() -> {
            AttentionKernel kernel = kernel(DEVICE);
            for (ScalarType dtype : DTYPES) {
                Values values = shape.values().to(dtype);
                List<Tensor> expected = AttentionOracle.run(shape, shape.scale(), values);
                List<Tensor> plain = run(new ReferenceAttention(), shape, values);
                List<Tensor> actual = run(kernel, shape, onGpu(values));
                double epsilon = dtype == ScalarType.Half ? 0x1p-11 : 0x1p-8;
                for (int i = 0; i < expected.size(); i++) {
                    double floor = 4 * epsilon * AttentionKernelContractTest.largest(expected);
                    assertThat(actual.get(i).scalar_type().intern()).isEqualTo(dtype);
                    assertThat(Tensors.maxError(actual.get(i).cpu(), expected.get(i)))
                            .as("%s of %s", RESULTS.get(i), dtype)
                            .isLessThanOrEqualTo(2 * Tensors.maxError(plain.get(i), expected.get(i)) + floor);
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rowsThatSeeNothingAreExactlyZero(AttentionCase shape) {
        TensorScope.run(() -> {
            Values values = onGpu(shape.values().to(ScalarType.BFloat16));
            Tensor o = run(kernel(DEVICE), shape, values).get(0).cpu();
            assertEmptyRowsAreZero(o, shape);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalCallsGiveEqualBits(AttentionCase shape) {
        TensorScope.run(() -> {
            AttentionKernel kernel = kernel(DEVICE);
            Values values = onGpu(shape.values().to(ScalarType.BFloat16));
            List<Tensor> first = run(kernel, shape, values);
            for (int repeat = 0; repeat < 5; repeat++) {
                assertEqualBits(run(kernel, shape, values), first);
            }
        });
    }

    private static Values onGpu(Values values) {
        TensorFactory gpu = new TensorFactory(DEVICE);
        return new Values(
                gpu.toDevice(values.q()),
                gpu.toDevice(values.k()),
                gpu.toDevice(values.v()),
                gpu.toDevice(values.dO()));
    }
}
