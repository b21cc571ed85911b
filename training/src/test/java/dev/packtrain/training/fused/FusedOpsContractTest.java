package dev.packtrain.training.fused;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What all implementations must do: what autograd does with plain formulas in fp64, up to roundings of the dtype. */
abstract class FusedOpsContractTest {
    private static final double EPS = 1e-5;

    abstract FusedOps ops(ScalarType dtype);

    abstract List<ScalarType> dtypes();

    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    /** Makes the tensors that are worked on. */
    TensorFactory memory() {
        return new TensorFactory(ComputeDevice.CPU);
    }

    /** Tokens, heads, width of a head (even). */
    record Shape(int tokens, int heads, int width) {
        long columns() {
            return (long) heads * width;
        }
    }

    private Tensor random(Shape shape, ScalarType dtype, int seed) {
        return random(dtype, seed, shape.tokens(), shape.columns());
    }

    /** Columns of a wider matrix. */
    private Tensor strided(Shape shape, ScalarType dtype, int seed) {
        return random(dtype, seed, shape.tokens(), 2 * shape.columns()).narrow(1, 0, shape.columns());
    }

    private Tensor weight(Shape shape, ScalarType dtype) {
        return random(dtype, 7, shape.columns()).requires_grad_(true);
    }

    private Tensor random(ScalarType dtype, int seed, long... size) {
        torch.manual_seed(seed);
        return memory().toDevice(torch.randn(size).to(dtype));
    }

    static Stream<Shape> shapes() {
        return Stream.of(new Shape(1, 1, 2), new Shape(3, 2, 6), new Shape(37, 3, 32), new Shape(700, 2, 64));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void normsAndTheirGradientsAreThoseOfAutograd(Shape shape) {
        forEachDtype((dtype, ops) -> {
            Tensor x = random(shape, dtype, 1);
            Tensor grad = random(shape, dtype, 2);
            NormScale scale = new NormScale(weight(shape, dtype), EPS);
            Tensor xWide = leaf(x);
            Tensor wWide = leaf(scale.weight());
            Tensor expected = GradientMode.recording(() -> torch.rms_norm(
                    xWide, new long[] {wWide.size(0)}, new TensorOptional(wWide), new DoubleOptional(EPS)));
            backward(expected, grad);

            FusedOps.Normed normed = ops.norm(x, scale);
            assertClose(normed.y(), expected, dtype);
            assertThat(ops.renorm(x, normed.rstd(), scale).equal(normed.y())).isTrue();
            Tensor sum = random(shape, dtype, 3);
            Tensor expectedSum = xWide.grad().add(wide(sum));
            ops.normGrad(grad, x, normed.rstd(), scale, sum);
            assertClose(sum, expectedSum, dtype);
            assertClose(scale.weight().grad(), wWide.grad(), dtype);
            ops.normGrad(grad, x, normed.rstd(), scale, sum);
            assertClose(scale.weight().grad(), wWide.grad().add(wWide.grad()), dtype);
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aBranchIsAddedBeforeTheNorm(Shape shape) {
        forEachDtype((dtype, ops) -> {
            Tensor x = random(shape, dtype, 1);
            Tensor before = x.clone();
            Tensor branch = random(shape, dtype, 2);
            NormScale scale = new NormScale(weight(shape, dtype), EPS);
            Tensor sum = x.add(branch);
            FusedOps.Normed expected = ops.norm(sum, scale);
            FusedOps.Normed actual = ops.addNorm(x, branch, scale);
            assertThat(branch.equal(sum)).isTrue();
            assertThat(x.equal(before)).isTrue();
            assertThat(actual.y().equal(expected.y())).isTrue();
            assertThat(actual.rstd().equal(expected.rstd())).isTrue();
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void headsAreTurnedAndTurnedBack(Shape shape) {
        forEachDtype((dtype, ops) -> {
            ScalarType wide = dtype == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
            Tensor angles = random(wide, 8, shape.tokens(), shape.width() / 2).mul_(new Scalar(5.0));
            RotaryTables tables = new RotaryTables(angles.cos(), angles.sin());
            Tensor x = strided(shape, dtype, 1).view(shape.tokens(), shape.heads(), shape.width());
            Tensor expected = turned(wide(x), wide(angles));
            ops.rope(x, tables, false);
            assertClose(x, expected, dtype);
            Tensor back = turned(wide(x), wide(angles).neg());
            ops.rope(x, tables, true);
            assertClose(x, back, dtype);
        });
    }

    /** In polar coordinates: another formulation. */
    private static Tensor turned(Tensor xTHD, Tensor anglesTD2) {
        TensorVector halves = xTHD.chunk(2, 2);
        Tensor length = torch.hypot(halves.get(0), halves.get(1));
        Tensor angle = torch.atan2(halves.get(1), halves.get(0)).add(anglesTD2.unsqueeze(1));
        return torch.cat(new TensorVector(length.mul(angle.cos()), length.mul(angle.sin())), 2);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void swigluAndItsGradientsAreThoseOfAutograd(Shape shape) {
        forEachDtype((dtype, ops) -> {
            Tensor gate = strided(shape, dtype, 1);
            Tensor up = strided(shape, dtype, 2);
            Tensor grad = random(shape, dtype, 3);
            Tensor gateWide = leaf(gate);
            Tensor upWide = leaf(up);
            Tensor expected = GradientMode.recording(() -> torch.silu(gateWide).mul(upWide));
            backward(expected, grad);
            assertClose(ops.swiglu(gate, up), expected, dtype);
            ops.swigluGrad(grad, gate, up);
            assertClose(gate, gateWide.grad(), dtype);
            assertClose(up, upWide.grad(), dtype);
        });
    }

    private interface Body {
        void run(ScalarType dtype, FusedOps ops);
    }

    private void forEachDtype(Body body) {
        for (ScalarType dtype : dtypes()) {
            GradientMode.off(() -> {
                Supplier<Boolean> scoped = () -> {
                    body.run(dtype, ops(dtype));
                    return true;
                };
                return TensorScope.value(scoped);
            });
        }
    }

    private static Tensor wide(Tensor x) {
        return x.detach().to(ScalarType.Double);
    }

    private static Tensor leaf(Tensor x) {
        return wide(x).contiguous().requires_grad_(true);
    }

    private static void backward(Tensor result, Tensor grad) {
        torch.backward(
                new TensorVector(result),
                new TensorVector(wide(grad)),
                new BoolOptional(false),
                false,
                new TensorVector());
    }

    private static void assertClose(Tensor actual, Tensor expected, ScalarType dtype) {
        double tolerance =
                switch (dtype) {
                    case Double -> 1e-13;
                    case Float -> 2e-6;
                    default -> 0x1p-8;
                };
        assertThat(actual.scalar_type().intern()).isEqualTo(dtype);
        assertThat(Tensors.relativeError(actual, expected)).isLessThanOrEqualTo(tolerance);
    }
}
