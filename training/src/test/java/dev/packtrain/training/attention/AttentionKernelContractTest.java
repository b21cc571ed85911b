package dev.packtrain.training.attention;

import static dev.packtrain.training.attention.AttentionRuns.RESULTS;
import static dev.packtrain.training.attention.AttentionRuns.assertEmptyRowsAreZero;
import static dev.packtrain.training.attention.AttentionRuns.assertEqualBits;
import static dev.packtrain.training.attention.AttentionRuns.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.training.attention.AttentionCase.Values;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every attention kernel must do. The rule for errors is that of flash-attention's own tests: at most twice the error
 * of the plain implementation in the same precision, plus four roundings of the largest element of all results: where a
 * token sees itself alone, dq and dk are differences of equal numbers.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AttentionKernelContractTest {

    abstract AttentionKernel kernel();

    /** Whether the kernel takes every mask; the others must refuse what are not causal documents. */
    abstract boolean takesAnyMask();

    /** Whether the number of threads changes no bit. libtorch's matmuls and attention depend on it in the last bits. */
    abstract boolean isFreeOfThreads();

    /** Dtypes that it takes. */
    Set<ScalarType> dtypes() {
        return Set.of(ScalarType.Float, ScalarType.BFloat16, ScalarType.Double);
    }

    Stream<AttentionCase> cases() {
        return takesAnyMask()
                ? Stream.concat(AttentionCase.documents(), AttentionCase.others())
                : AttentionCase.documents();
    }

    @BeforeEach
    void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isAsAccurateAsThePlainImplementation(AttentionCase shape) {
        TensorScope.run(() -> {
            for (ScalarType dtype : dtypes()) {
                // The same rounded inputs for all: only the computation is judged.
                Values values = shape.values().to(dtype);
                List<Tensor> expected = AttentionOracle.run(shape, shape.scale(), values);
                List<Tensor> plain = run(new ReferenceAttention(), shape, values);
                List<Tensor> actual = run(kernel(), shape, values);
                double floor = 4 * epsilon(dtype) * largest(expected);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(actual.get(i).scalar_type().intern()).isEqualTo(dtype);
                    assertThat(actual.get(i).sizes().vec().get())
                            .isEqualTo(expected.get(i).sizes().vec().get());
                    assertThat(Tensors.maxError(actual.get(i), expected.get(i)))
                            .as("%s of %s", RESULTS.get(i), dtype)
                            .isLessThanOrEqualTo(2 * Tensors.maxError(plain.get(i), expected.get(i)) + floor);
                }
            }
        });
    }

    /** The largest absolute value in any of them. */
    static double largest(List<Tensor> results) {
        return results.stream()
                .mapToDouble(result -> result.abs().max().item_double())
                .max()
                .orElseThrow();
    }

    private static double epsilon(ScalarType dtype) {
        return switch (dtype) {
            case Double -> 1e-14;
            case Float -> 0x1p-23;
            case BFloat16 -> 0x1p-8;
            default -> throw new IllegalArgumentException("no contract for " + dtype);
        };
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rowsThatSeeNothingAreExactlyZero(AttentionCase shape) {
        TensorScope.run(() -> {
            Tensor o = run(kernel(), shape, shape.values()).get(0);
            assertEmptyRowsAreZero(o, shape);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalCallsGiveEqualBits(AttentionCase shape) {
        TensorScope.run(() -> {
            for (ScalarType dtype : dtypes()) {
                Values values = shape.values().to(dtype);
                List<Tensor> first = run(kernel(), shape, values);
                for (int numThreads : isFreeOfThreads() ? new int[] {1, 2, 5} : new int[] {1}) {
                    TorchRuntime.start(numThreads);
                    assertEqualBits(run(kernel(), shape, values), first);
                }
            }
        });
    }

    @Test
    void aPreparedPackServesManyCallsWithOtherValues() {
        TensorScope.run(() -> {
            AttentionCase shape = AttentionCase.documents().skip(3).findFirst().orElseThrow();
            Values values = shape.values();
            Values others = new Values(values.dO(), values.v(), values.k(), values.q());
            List<Tensor> expected = run(kernel(), shape, values);
            try (PackAttention pack = kernel().prepare(shape.mask(), shape.scale())) {
                run(pack, others);
                assertEqualBits(run(pack, values), expected);
            }
        });
    }

    /** Projections of queries, keys and values may be columns of one matrix, and gradients anything. */
    @Test
    void memoryLayoutDoesNotMatter() {
        TensorScope.run(() -> {
            AttentionCase shape = AttentionCase.documents().skip(3).findFirst().orElseThrow();
            for (ScalarType dtype : dtypes()) {
                Values values = shape.values().to(dtype);
                Tensor qkv = torch.cat(new TensorVector(values.q(), values.k(), values.v()), 1);
                int h = shape.numHeads();
                int g = shape.numGroups();
                Values columns = new Values(
                        qkv.narrow(1, 0, h),
                        qkv.narrow(1, h, g),
                        qkv.narrow(1, h + g, g),
                        values.dO().transpose(0, 2).contiguous().transpose(0, 2));
                assertThat(columns.q().is_contiguous()).isFalse();
                assertThat(columns.dO().is_contiguous()).isFalse();
                List<Tensor> expected = run(kernel(), shape, values);
                List<Tensor> actual = run(kernel(), shape, columns);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(Tensors.relativeError(actual.get(i), expected.get(i)))
                            .as("%s of %s", RESULTS.get(i), dtype)
                            .isLessThanOrEqualTo(4 * epsilon(dtype));
                }
            }
        });
    }

    @Test
    void theScaleIsTheCallers() {
        TensorScope.run(() -> {
            AttentionCase shape = AttentionCase.documents().skip(3).findFirst().orElseThrow();
            Values values = shape.values();
            List<Tensor> expected = AttentionOracle.run(shape, 0.7, values);
            try (PackAttention pack = kernel().prepare(shape.mask(), 0.7)) {
                List<Tensor> actual = run(pack, values);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(Tensors.relativeError(actual.get(i), expected.get(i)))
                            .as(RESULTS.get(i))
                            .isLessThan(1e-5);
                }
            }
        });
    }

    /** The slope of ⟨o, dO⟩ along a random direction, from the forward pass alone, against the gradients in fp32. */
    @ParameterizedTest
    @MethodSource("cases")
    void gradientsAreTheSlopesOfTheForwardPass(AttentionCase shape) {
        TensorScope.run(() -> {
            Values values = shape.values();
            List<Tensor> gradients = run(kernel(), shape, values);
            double step = 1e-2;
            for (int input = 0; input < 3; input++) {
                Tensor x = List.of(values.q(), values.k(), values.v()).get(input);
                Tensor direction = torch.randn_like(x);
                double slope =
                        (along(shape, values, input, direction, step) - along(shape, values, input, direction, -step))
                                / (2 * step);
                Tensor gradient = gradients.get(input + 1).to(ScalarType.Double);
                double expected = gradient.mul(direction).sum().item_double();
                // The slope's own error: its third derivative times step², and fp32's in the two sums.
                double size = gradient.square().sum().sqrt().item_double();
                assertThat(Math.abs(slope - expected))
                        .as(RESULTS.get(input + 1))
                        .isLessThanOrEqualTo(1e-3 * (size + 1));
            }
        });
    }

    private double along(AttentionCase shape, Values values, int input, Tensor direction, double step) {
        Tensor[] moved = {values.q(), values.k(), values.v()};
        moved[input] = moved[input].add(direction.mul(new Scalar(step)));
        try (PackAttention pack = kernel().prepare(shape.mask(), shape.scale())) {
            Tensor o = GradientMode.off(
                    () -> pack.forward(moved[0], moved[1], moved[2]).oTHD());
            return o.to(ScalarType.Double).mul(values.dO()).sum().item_double();
        }
    }

    @Test
    void aMaskThatItDoesNotKnowIsRefused() {
        TensorScope.run(() -> AttentionCase.others().forEach(shape -> {
            if (takesAnyMask()) {
                kernel().prepare(shape.mask(), 1).close();
            } else {
                assertThatThrownBy(() -> kernel().prepare(shape.mask(), 1))
                        .as(shape.name())
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(kernel().name())
                        .hasMessageContaining("reference");
            }
        }));
    }

    @Test
    void closingTwiceDoesNothing() {
        TensorScope.run(() -> {
            PackAttention pack = kernel().prepare(FlashMasks.causal(5), 1);
            pack.close();
            pack.close();
        });
    }
}
