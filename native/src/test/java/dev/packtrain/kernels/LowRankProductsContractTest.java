package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every variant of an adapter's products must do: what loops in fp64 do, within the rounding of its elements. */
abstract class LowRankProductsContractTest {
    private static final double SCALE = 0.75;

    abstract AttentionVariant variant();

    @BeforeEach
    void needsTheCpu() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
    }

    /** Rows of m have some elements behind them that belong to nobody. */
    record Case(int rows, int cols, List<Integer> ranks, boolean transposed, ElementType type) {
        int stride() {
            return cols + 3;
        }

        int paddedRanks() {
            return firstRank(ranks.size());
        }

        /** Where matrix {@code i}'s columns of the factor begin. Asked for each number: a stream would take longer than the product. */
        int firstRank(int i) {
            int columns = 0;
            for (int before = 0; before < i; before++) {
                columns += (ranks.get(before) + 7) / 8 * 8;
            }
            return columns;
        }

        int index(int i, int rank, int col) {
            return transposed ? col * ranks.get(i) + rank : rank * cols + col;
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (ElementType type : ElementType.values()) {
            for (boolean transposed : new boolean[] {false, true}) {
                cases.add(new Case(1, 1, List.of(1), transposed, type));
                cases.add(new Case(5, 7, List.of(3), transposed, type));
                cases.add(new Case(37, 64, List.of(8), transposed, type));
                cases.add(new Case(300, 130, List.of(8, 12, 1), transposed, type));
                cases.add(new Case(1001, 96, List.of(16, 8), transposed, type));
                cases.add(new Case(3, 1100, List.of(200), transposed, type));
            }
        }
        return cases.stream();
    }

    /** The operands of a case. */
    private static final class Operands {
        final Case c;
        final FloatMemory m;
        final List<FloatMemory> narrow = new ArrayList<>();
        final FloatMemory u;

        Operands(Case c) {
            this.c = c;
            SplittableRandom random = new SplittableRandom(c.hashCode());
            m = FloatMemory.of(c.type(), gaussian(random, c.rows() * c.stride()), 4);
            for (int rank : c.ranks()) {
                narrow.add(FloatMemory.of(c.type(), gaussian(random, rank * c.cols()), 4));
            }
            u = FloatMemory.of(gaussian(random, c.rows() * c.paddedRanks()), 4);
        }

        private static float[] gaussian(SplittableRandom random, int count) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return values;
        }

        LowRankProducts.Rows rows() {
            return new LowRankProducts.Rows(m.address(), c.rows(), c.cols(), c.stride());
        }

        LowRankProducts.Factor factor(FloatMemory memory, double scale) {
            return new LowRankProducts.Factor(memory.address(), c.paddedRanks(), scale);
        }

        List<NarrowMatrix> matrices() {
            List<NarrowMatrix> matrices = new ArrayList<>();
            for (int i = 0; i < narrow.size(); i++) {
                matrices.add(new NarrowMatrix(narrow.get(i).address(), c.ranks().get(i), c.transposed()));
            }
            return matrices;
        }

        boolean guardsIntact() {
            return m.guardsIntact() && u.guardsIntact() && narrow.stream().allMatch(FloatMemory::guardsIntact);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void projects(Case c) {
        Operands in = new Operands(c);
        FloatMemory projected = FloatMemory.of(new float[c.rows() * c.paddedRanks()], 4);
        kernel(c, 1).project(in.rows(), in.matrices(), in.factor(projected, SCALE));
        assertProjected(in, projected.floats());
        assertThat(in.guardsIntact() && projected.guardsIntact()).isTrue();
    }

    private static void assertProjected(Operands in, float[] projected) {
        Case c = in.c;
        float[] m = in.m.floats(c.type());
        for (int i = 0; i < c.ranks().size(); i++) {
            float[] p = in.narrow.get(i).floats(c.type());
            for (int t = 0; t < c.rows(); t++) {
                for (int r = 0; r < c.ranks().get(i); r++) {
                    Sum sum = new Sum();
                    for (int k = 0; k < c.cols(); k++) {
                        sum.add(SCALE * m[t * c.stride() + k], p[c.index(i, r, k)]);
                    }
                    sum.assertIs(projected[t * c.paddedRanks() + c.firstRank(i) + r], ElementType.FP32);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void projectsAndAddsTheOuterProductInOnePass(Case c) {
        Operands in = new Operands(c);
        Operands gradients = new Operands(c);
        FloatMemory projected = FloatMemory.of(new float[c.rows() * c.paddedRanks()], 4);
        kernel(c, 1)
                .projectAndAddOuter(
                        in.rows(),
                        in.matrices(),
                        in.factor(projected, SCALE),
                        gradients.matrices(),
                        in.factor(in.u, -SCALE));
        assertProjected(in, projected.floats());
        assertOuterAdded(in, gradients, -SCALE);
        assertThat(in.guardsIntact() && gradients.guardsIntact() && projected.guardsIntact())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void addsTheOuterProduct(Case c) {
        Operands in = new Operands(c);
        Operands gradients = new Operands(c);
        kernel(c, 1).addOuter(in.rows(), gradients.matrices(), in.factor(in.u, SCALE));
        assertOuterAdded(in, gradients, SCALE);
        assertThat(gradients.guardsIntact()).isTrue();
    }

    /** The gradients began as the narrow matrices. */
    private static void assertOuterAdded(Operands in, Operands gradients, double scale) {
        Case c = in.c;
        float[] m = in.m.floats(c.type());
        float[] u = in.u.floats();
        for (int i = 0; i < c.ranks().size(); i++) {
            float[] before = in.narrow.get(i).floats(c.type());
            float[] after = gradients.narrow.get(i).floats(c.type());
            for (int r = 0; r < c.ranks().get(i); r++) {
                for (int k = 0; k < c.cols(); k++) {
                    Sum sum = new Sum();
                    sum.add(1, before[c.index(i, r, k)]);
                    for (int t = 0; t < c.rows(); t++) {
                        sum.add(scale * u[t * c.paddedRanks() + c.firstRank(i) + r], m[t * c.stride() + k]);
                    }
                    sum.assertIs(after[c.index(i, r, k)], c.type());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void addsTheProduct(Case c) {
        Operands in = new Operands(c);
        float[] before = in.m.floats(c.type());
        kernel(c, 1).addProduct(in.rows(), in.matrices(), in.factor(in.u, SCALE));
        float[] after = in.m.floats(c.type());
        float[] u = in.u.floats();
        List<float[]> narrow =
                in.narrow.stream().map(each -> each.floats(c.type())).toList();
        for (int t = 0; t < c.rows(); t++) {
            for (int k = 0; k < c.stride(); k++) {
                Sum sum = new Sum();
                sum.add(1, before[t * c.stride() + k]);
                for (int i = 0; k < c.cols() && i < c.ranks().size(); i++) {
                    float[] p = narrow.get(i);
                    for (int r = 0; r < c.ranks().get(i); r++) {
                        sum.add(SCALE * u[t * c.paddedRanks() + c.firstRank(i) + r], p[c.index(i, r, k)]);
                    }
                }
                sum.assertIs(after[t * c.stride() + k], c.type());
            }
        }
        assertThat(in.guardsIntact()).isTrue();
    }

    /** A sum in fp64 and how far rounding may take it: every product's share, whatever the order. */
    private static final class Sum {
        private double sum;
        private double magnitude;

        void add(double a, double b) {
            sum += a * b;
            magnitude += Math.abs(a * b);
        }

        void assertIs(double got, ElementType type) {
            // bf16: of the factor, where it is multiplied in bf16, and of the result, by half of 2⁻⁷ each.
            double share = type == ElementType.BF16 ? 0x1p-7 : 1e-6;
            // Not an assertion each: a hundred thousand of them take longer than all the arithmetic.
            if (!(Math.abs(got - sum) <= share * magnitude)) {
                fail("%s is not %s within %s", got, sum, share * magnitude);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bitsDoNotDependOnThreads(Case c) {
        List<float[]> results = new ArrayList<>();
        for (int threads : new int[] {1, 3}) {
            Operands in = new Operands(c);
            Operands gradients = new Operands(c);
            FloatMemory projected = FloatMemory.of(new float[c.rows() * c.paddedRanks()], 4);
            LowRankProducts kernel = kernel(c, threads);
            kernel.projectAndAddOuter(
                    in.rows(), in.matrices(), in.factor(projected, 1), gradients.matrices(), in.factor(in.u, 1));
            kernel.addProduct(in.rows(), in.matrices(), in.factor(projected, 1));
            results.add(projected.floats());
            results.add(in.m.floats(c.type()));
            gradients.narrow.forEach(each -> results.add(each.floats(c.type())));
        }
        int half = results.size() / 2;
        for (int i = 0; i < half; i++) {
            assertThat(results.get(half + i)).isEqualTo(results.get(i));
        }
    }

    @Test
    void refusesWhatItCannotTake() {
        LowRankProducts kernel = new LowRankProducts(variant(), ElementType.FP32, 1);
        LowRankProducts.Rows m = new LowRankProducts.Rows(64, 2, 2, 2);
        LowRankProducts.Factor u = new LowRankProducts.Factor(64, 512, 1);
        NarrowMatrix wide = new NarrowMatrix(64, 200, false);
        assertThatThrownBy(() -> kernel.project(m, List.of(wide, wide), u)).hasMessageContaining("ranks [200, 200]");
        assertThatThrownBy(() -> kernel.project(m, List.of(), u)).hasMessageContaining("ranks []");
        assertThatThrownBy(() -> new NarrowMatrix(64, 0, false)).hasMessageContaining("rank 0");
        assertThatThrownBy(() -> kernel.addOuter(m, List.of(new NarrowMatrix(0, 8, false)), u))
                .hasMessageContaining("address 0");
        assertThatThrownBy(() -> new LowRankProducts.Rows(0, 2, 2, 2)).hasMessageContaining("address 0");
    }

    private LowRankProducts kernel(Case c, int threads) {
        return new LowRankProducts(variant(), c.type(), threads);
    }
}
