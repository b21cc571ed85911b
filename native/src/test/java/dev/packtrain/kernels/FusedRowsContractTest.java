package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every variant of the row-wise passes must do: be as close to fp64 as one rounding allows, with one set of bits. */
abstract class FusedRowsContractTest {
    private static final double EPS = 1e-5;

    abstract KernelVariant variant();

    @BeforeEach
    void needsTheCpu() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
    }

    /** Rows of matrices, their columns, element type, distance from a 64-byte boundary. */
    record Case(int rows, int cols, ElementType type, int misalignment) {
        FusedRows.Shape shape() {
            return new FusedRows.Shape(rows, cols);
        }

        /** Gaussian values that the type can hold. */
        float[] values(int seed, int count) {
            SplittableRandom random = new SplittableRandom(seed);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return memory(values).floats(type);
        }

        FloatMemory memory(float[] values) {
            return FloatMemory.of(type, values, misalignment);
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (ElementType type : ElementType.values()) {
            for (int cols : new int[] {1, 2, 15, 16, 17, 48, 130}) {
                cases.add(new Case(5, cols, type, cols % 3 * 4));
            }
            cases.add(new Case(1, 64, type, 0));
            cases.add(
                    new Case(4099, 32, type, 2)); // several tasks, and more partial sums than rows of the smallest task
            cases.add(new Case(131, 512, type, 0));
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void normsTheSumOfStreamAndBranch(Case c) {
        float[] stream = c.values(1, c.rows() * c.cols());
        float[] branch = c.values(2, c.rows() * c.cols());
        float[] weight = c.values(3, c.cols());
        Norm withBranch = norm(kernel(c, 1), c, stream, branch, weight);
        double[] sum = new double[stream.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (double) stream[i] + branch[i];
        }
        assertClose(withBranch.normed, sum, c.type(), 1);
        // The norm is of the sum as it was stored.
        double[] rstd = FusedRowsReference.rstd(doubles(withBranch.normed), c.rows(), EPS);
        assertClose(withBranch.rstd, rstd, ElementType.FP32, 20);
        double[] y = FusedRowsReference.norm(doubles(withBranch.normed), doubles(weight), rstd);
        assertClose(withBranch.y, y, c.type(), 20);
        Norm alone = norm(kernel(c, 2), c, withBranch.normed, null, weight);
        assertSame(alone.y, withBranch.y);
        assertSame(alone.rstd, withBranch.rstd);
        assertSame(renorm(kernel(c, 2), c, alone, weight), alone.y);
        assertSame(norm(portable(c), c, stream, branch, weight).y, withBranch.y);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsOfTheNormAreAdded(Case c) {
        float[] x = c.values(1, c.rows() * c.cols());
        float[] weight = c.values(2, c.cols());
        float[] gradY = c.values(3, x.length);
        float[] gradX = c.values(4, x.length);
        float[] gradWeight = c.values(5, c.cols());
        float[] rstd = norm(portable(c), c, x, null, weight).rstd;
        float[][] actual = normGrad(kernel(c, 2), c, gradY, x, weight, rstd, gradX, gradWeight);
        double[][] expected = FusedRowsReference.normGrad(doubles(gradY), doubles(x), doubles(weight), doubles(rstd));
        add(expected[0], gradX);
        add(expected[1], gradWeight);
        assertClose(actual[0], expected[0], c.type(), 20);
        assertClose(actual[1], expected[1], c.type(), 20 + c.rows());
        for (FusedRows other : List.of(kernel(c, 1), kernel(c, 3), portable(c))) {
            float[][] same = normGrad(other, c, gradY, x, weight, rstd, gradX, gradWeight);
            assertSame(same[0], actual[0]);
            assertSame(same[1], actual[1]);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void turnsHeadsAndBack(Case c) {
        int width = 2 * c.cols();
        int stride = 3 * width + 5;
        float[] x = c.values(1, c.rows() * stride);
        double[] angles = IntStream.range(0, c.rows() * c.cols())
                .mapToDouble(i -> i * 0.37)
                .toArray();
        FloatMemory memory = c.memory(x);
        rope(kernel(c, 2), c, memory, angles, stride, false);
        float[] turned = memory.floats(c.type());
        assertClose(turned, FusedRowsReference.rope(doubles(x), angles, stride, 3, width), c.type(), 20);
        FloatMemory portable = c.memory(x);
        rope(portable(c), c, portable, angles, stride, false);
        assertSame(portable.floats(c.type()), turned);
        rope(kernel(c, 1), c, memory, angles, stride, true);
        double[] back = Arrays.stream(angles).map(angle -> -angle).toArray();
        double[] expected = FusedRowsReference.rope(doubles(turned), back, stride, 3, width);
        assertClose(memory.floats(c.type()), expected, c.type(), 20);
        assertThat(memory.guardsIntact()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void swigluAndItsGradients(Case c) {
        int stride = c.cols() + 7;
        float[] gate = c.values(1, c.rows() * stride);
        float[] up = c.values(2, c.rows() * stride);
        float[] gradY = c.values(3, c.rows() * c.cols());
        double[] y = new double[gradY.length];
        double[] gateGrad = doubles(gate);
        double[] upGrad = doubles(up);
        for (int i = 0; i < y.length; i++) {
            int at = i / c.cols() * stride + i % c.cols();
            y[i] = FusedRowsReference.swiglu(gate[at], up[at]);
            gateGrad[at] = FusedRowsReference.gateGrad(gradY[i], gate[at], up[at]);
            upGrad[at] = FusedRowsReference.swiglu(gate[at], gradY[i]);
        }
        float[][] actual = swiglu(kernel(c, 2), c, gate, up, gradY, stride);
        assertClose(actual[0], y, c.type(), 20);
        assertClose(actual[1], gateGrad, c.type(), 20);
        assertClose(actual[2], upGrad, c.type(), 20);
        float[][] portable = swiglu(portable(c), c, gate, up, gradY, stride);
        for (int i = 0; i < actual.length; i++) {
            assertSame(portable[i], actual[i]);
        }
    }

    @Test
    void swigluOfExtremesIsWhatItTendsTo() {
        Case c = new Case(1, 6, ElementType.FP32, 0);
        float[] gate = {-1e30f, -100, 0, 100, 1e30f, Float.NaN};
        float[] ones = {1, 1, 1, 1, 1, 1};
        float[][] actual = swiglu(kernel(c, 1), c, gate, ones, ones, 6);
        for (int i : new int[] {1, 2, 3}) {
            assertThat(actual[0][i]).isCloseTo(Math.max(0, gate[i]), org.assertj.core.api.Assertions.within(1e-30f));
        }
        assertThat(actual[0][4]).isEqualTo(1e30f);
        assertThat(actual[1][1]).isBetween(-1e-30f, 0f);
        assertThat(actual[1][2]).isEqualTo(0.5f);
        assertThat(actual[1][3]).isEqualTo(1f);
        assertThat(actual[0][5]).isNaN();
        assertThat(actual[1][5]).isNaN();
    }

    @Test
    void emptyMatricesTouchNothing() {
        FusedRows kernel = new FusedRows(variant(), ElementType.BF16, 2);
        FusedRows.Shape none = new FusedRows.Shape(0, 16);
        kernel.norm(none, 0, 0, 0, 0, 0, EPS);
        kernel.normGrad(none, 0, 0, 0, 0, 0, 0);
        kernel.swigluGrad(new FusedRows.Shape(3, 0), 0, 0, 0, 0);
    }

    @Test
    void refusesWhatWouldCrash() {
        FusedRows kernel = new FusedRows(variant(), ElementType.FP32, 1);
        assertThatThrownBy(() -> kernel.norm(new FusedRows.Shape(1, 1), 8, 0, 0, 8, 8, EPS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("address 0");
        assertThatThrownBy(() -> new FusedRows.Shape(-1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1 by 2");
        assertThatThrownBy(() -> kernel.rope(new FusedRows.Shape(1, 3), 8, new long[] {8, 8}, 3, 1, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("even width");
    }

    private FusedRows kernel(Case c, int numThreads) {
        return new FusedRows(variant(), c.type(), numThreads);
    }

    private static FusedRows portable(Case c) {
        return new FusedRows(KernelVariant.PORTABLE, c.type(), 1);
    }

    /** What was normed, and the results. */
    private record Norm(float[] normed, float[] y, float[] rstd) {}

    private static Norm norm(FusedRows kernel, Case c, float[] x, float[] branch, float[] weight) {
        FloatMemory stream = c.memory(x);
        FloatMemory sum = c.memory(branch == null ? x : branch);
        FloatMemory y = c.memory(new float[x.length]);
        FloatMemory rstd = FloatMemory.of(new float[c.rows()], 0);
        long sumAddress = branch == null ? 0 : sum.address();
        FloatMemory w = c.memory(weight);
        kernel.norm(c.shape(), stream.address(), sumAddress, w.address(), y.address(), rstd.address(), EPS);
        assertThat(new FloatMemory[] {stream, sum, y, rstd}).allMatch(FloatMemory::guardsIntact);
        assertSame(stream.floats(c.type()), x);
        return new Norm(sum.floats(c.type()), y.floats(c.type()), rstd.floats());
    }

    private static float[] renorm(FusedRows kernel, Case c, Norm norm, float[] weight) {
        FloatMemory x = c.memory(norm.normed);
        FloatMemory rstd = FloatMemory.of(norm.rstd, 0);
        FloatMemory w = c.memory(weight);
        FloatMemory y = c.memory(new float[norm.y.length]);
        kernel.renorm(c.shape(), x.address(), w.address(), rstd.address(), y.address());
        return y.floats(c.type());
    }

    private static float[][] normGrad(FusedRows kernel, Case c, float[]... values) {
        FloatMemory[] m = Stream.of(values).map(c::memory).toArray(FloatMemory[]::new);
        m[3] = FloatMemory.of(values[3], 0);
        kernel.normGrad(
                c.shape(),
                m[0].address(),
                m[1].address(),
                m[2].address(),
                m[3].address(),
                m[4].address(),
                m[5].address());
        assertThat(m).allMatch(FloatMemory::guardsIntact);
        return new float[][] {m[4].floats(c.type()), m[5].floats(c.type())};
    }

    private static void rope(FusedRows kernel, Case c, FloatMemory x, double[] angles, int stride, boolean back) {
        float[] cos = new float[angles.length];
        float[] sin = new float[angles.length];
        for (int i = 0; i < angles.length; i++) {
            cos[i] = (float) Math.cos(angles[i]);
            sin[i] = (float) Math.sin(angles[i]);
        }
        FloatMemory cosines = FloatMemory.of(cos, 0);
        FloatMemory sines = FloatMemory.of(sin, 0);
        long[] tables = {cosines.address(), sines.address()};
        kernel.rope(new FusedRows.Shape(c.rows(), 2L * c.cols()), x.address(), tables, stride, 3, back);
        assertSame(cosines.floats(), cos);
        assertSame(sines.floats(), sin);
    }

    private static float[][] swiglu(FusedRows kernel, Case c, float[] gate, float[] up, float[] gradY, int stride) {
        FloatMemory g = c.memory(gate);
        FloatMemory u = c.memory(up);
        FloatMemory y = c.memory(gradY);
        FloatMemory out = c.memory(new float[gradY.length]);
        kernel.swiglu(c.shape(), g.address(), u.address(), out.address(), stride);
        kernel.swigluGrad(c.shape(), y.address(), g.address(), u.address(), stride);
        assertThat(new FloatMemory[] {g, u, y, out}).allMatch(FloatMemory::guardsIntact);
        return new float[][] {out.floats(c.type()), g.floats(c.type()), u.floats(c.type())};
    }

    private static void assertSame(float[] actual, float[] expected) {
        assertThat(Arrays.equals(actual, expected)).isTrue();
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static void add(double[] sums, float[] values) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += values[i];
        }
    }

    /** Half a unit in the last place of the element, and {@code slack} roundings of fp32 of numbers of size 1. */
    private static void assertClose(float[] actual, double[] expected, ElementType type, double slack) {
        double half = type == ElementType.BF16 ? 0x1p-8 : 0x1p-24;
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            double tolerance = half * Math.abs(expected[i]) * 1.01 + slack * 0x1p-24 * (1 + Math.abs(expected[i]));
            if (!(Math.abs(actual[i] - expected[i]) <= tolerance)) {
                throw new AssertionError(
                        "element %d is %s, wanted %s ± %s".formatted(i, actual[i], expected[i], tolerance));
            }
        }
    }
}
