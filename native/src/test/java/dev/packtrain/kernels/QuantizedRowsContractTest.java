package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every variant of the kernels of quantised matrices must do: the nearest code, the formula's number, one set of bits. */
abstract class QuantizedRowsContractTest {
    abstract KernelVariant variant();

    @BeforeEach
    void needsTheCpu() {
        Assumptions.assumeTrue(variant().runsOn(CpuCapabilities.probe()), "this CPU lacks " + variant());
    }

    /** A whole matrix, and the part of it that is held. */
    record Case(ElementType type, int wholeRows, QuantizedLayout part) {
        int rows() {
            return (int) part.rows();
        }

        int cols() {
            return (int) part.cols();
        }

        /** Gaussian numbers of blocks of different size, one of zeros. */
        float[] whole() {
            float[] values = gaussian(wholeRows * (int) part.wholeCols(), 1);
            for (int i = 0; i < values.length; i++) {
                values[i] *= i % 7 == 3 ? 4 : 1;
            }
            Arrays.fill(values, 0, (int) Math.min(part.block(), part.wholeCols()), 0f);
            return FloatMemory.of(type, values, 0).floats(type);
        }

        float[] gaussian(int count, long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return FloatMemory.of(type, values, 0).floats(type);
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (ElementType type : ElementType.values()) {
            for (QuantizedFormat format : QuantizedFormat.values()) {
                int block = format == QuantizedFormat.INT8 ? 200 : 64;
                cases.add(whole(type, format, block, 0, 9, 200));
                // A part that begins within a block, at an odd column, and one that ends in an odd one.
                cases.add(new Case(type, 9, new QuantizedLayout(format, block, 0, 200, 2, 5, 67, 90)));
                cases.add(new Case(type, 9, new QuantizedLayout(format, block, 0, 200, 0, 9, 128, 71)));
            }
            cases.add(whole(type, QuantizedFormat.NF4, 64, 256, 37, 1100)); // more than a tile of columns, and of rows
            cases.add(whole(type, QuantizedFormat.NF4, 64, 16, 70, 130));
            cases.add(new Case(type, 31, new QuantizedLayout(QuantizedFormat.NF4, 64, 16, 330, 7, 11, 100, 229)));
            cases.add(whole(type, QuantizedFormat.FP4, 16, 4, 3, 1));
        }
        return cases.stream();
    }

    private static Case whole(ElementType type, QuantizedFormat format, int block, int second, int rows, int cols) {
        return new Case(type, rows, new QuantizedLayout(format, block, second, cols, 0, rows, 0, cols));
    }

    private QuantizedRows kernel(Case c, int threads) {
        return new QuantizedRows(variant(), c.type(), threads);
    }

    private static QuantizedRows portable(Case c) {
        return new QuantizedRows(KernelVariant.PORTABLE, c.type(), 1);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyNumberGetsTheNearestCode(Case c) {
        float[] whole = c.whole();
        QuantizedMemory memory = QuantizedMemory.of(kernel(c, 2), c.part(), c.type(), whole);
        float[] values = c.part().format().numbers();
        QuantizedLayout oneLevel = oneLevel(c.part());
        QuantizedMemory exact = QuantizedMemory.of(kernel(c, 1), oneLevel, c.type(), whole);
        for (int row = 0; row < c.rows(); row++) {
            for (int col = 0; col < c.cols(); col++) {
                float x = whole[
                        (int) ((c.part().firstRow() + row) * c.part().wholeCols()
                                        + c.part().firstCol())
                                + col];
                float scale = exact.scale(row, col);
                double wanted = scale == 0 ? 0 : (double) x / scale;
                double nearest = Double.MAX_VALUE;
                for (int code = 0; code < (c.part().format().bits() == 8 ? 255 : 16); code++) {
                    double value = c.part().format().bits() == 8 ? code - 127 : values[code];
                    nearest = Math.min(nearest, Math.abs(value - wanted));
                }
                int code = memory.code(row, col);
                double value = c.part().format().bits() == 8 ? code : values[code];
                assertThat(Math.abs(value - wanted)).isLessThanOrEqualTo(nearest + 1e-5);
            }
        }
        assertThat(memory.sameAs(QuantizedMemory.of(portable(c), c.part(), c.type(), whole)))
                .isTrue();
    }

    private static QuantizedLayout oneLevel(QuantizedLayout p) {
        return new QuantizedLayout(
                p.format(), p.block(), 0, p.wholeCols(), p.firstRow(), p.rows(), p.firstCol(), p.cols());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void numbersAreTheFormulasAndAPartHasThoseOfTheWhole(Case c) {
        QuantizedLayout p = c.part();
        float[] whole = c.whole();
        float[] numbers = dequantized(kernel(c, 2), c, p, QuantizedMemory.of(portable(c), p, c.type(), whole));
        assertSame(numbers, QuantizedMemory.of(portable(c), p, c.type(), whole).numbers(c.type()));
        QuantizedLayout all = new QuantizedLayout(
                p.format(), p.block(), p.secondBlock(), p.wholeCols(), 0, c.wholeRows(), 0, p.wholeCols());
        float[] ofWhole = QuantizedMemory.of(portable(c), all, c.type(), whole).numbers(c.type());
        for (int row = 0; row < c.rows(); row++) {
            int from = (int) ((p.firstRow() + row) * p.wholeCols() + p.firstCol());
            assertSame(
                    Arrays.copyOfRange(numbers, row * c.cols(), (row + 1) * c.cols()),
                    Arrays.copyOfRange(ofWhole, from, from + c.cols()));
        }
    }

    /** In four pieces, put together. */
    private static float[] dequantized(QuantizedRows kernel, Case c, QuantizedLayout part, QuantizedMemory memory) {
        float[] numbers = new float[c.rows() * c.cols()];
        int[] rows = {0, c.rows() / 3, c.rows()};
        int[] cols = {0, c.cols() / 4 * 2, c.cols()};
        for (int i = 0; i < 4; i++) {
            int row = rows[i / 2];
            int col = cols[i % 2];
            int height = rows[i / 2 + 1] - row;
            int width = cols[i % 2 + 1] - col;
            FloatMemory piece = FloatMemory.of(c.type(), new float[height * width], 2);
            QuantizedRows.Range range = new QuantizedRows.Range(row, row + height, col, col + width);
            kernel.dequantize(part, memory.address(), range, piece.address());
            assertThat(piece.guardsIntact()).isTrue();
            float[] values = piece.floats(c.type());
            for (int r = 0; r < height; r++) {
                System.arraycopy(values, r * width, numbers, (row + r) * c.cols() + col, width);
            }
        }
        return numbers;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void productsMultiplyTheseNumbers(Case c) {
        QuantizedMemory memory = QuantizedMemory.of(portable(c), c.part(), c.type(), c.whole());
        float[] w = memory.numbers(c.type());
        for (int tokens : new int[] {1, 3, 7, 37}) {
            for (boolean transposed : new boolean[] {false, true}) {
                int in = transposed ? c.rows() : c.cols();
                int out = transposed ? c.cols() : c.rows();
                float[] x = c.gaussian(tokens * in, 5);
                float[] y = product(kernel(c, 2), c, memory, tokens, x, transposed);
                for (int t = 0; t < tokens; t++) {
                    for (int o = 0; o < out; o++) {
                        double sum = 0;
                        double size = 0;
                        for (int i = 0; i < in; i++) {
                            double term = (double) x[t * in + i] * w[transposed ? i * out + o : o * in + i];
                            sum += term;
                            size += Math.abs(term);
                        }
                        double rounding = c.type() == ElementType.BF16 ? Math.abs(sum) * 0x1p-8 : 0;
                        assertThat(Math.abs(y[t * out + o] - sum)).isLessThanOrEqualTo(size * 1e-6 + rounding * 1.01);
                    }
                }
                assertSame(product(kernel(c, 1), c, memory, tokens, x, transposed), y);
                assertSame(product(kernel(c, 3), c, memory, tokens, x, transposed), y);
                assertSame(product(portable(c), c, memory, tokens, x, transposed), y);
            }
        }
    }

    private static float[] product(
            QuantizedRows kernel, Case c, QuantizedMemory memory, int tokens, float[] x, boolean transposed) {
        FloatMemory in = FloatMemory.of(c.type(), x, 2);
        FloatMemory out = FloatMemory.of(c.type(), new float[tokens * (transposed ? c.cols() : c.rows())], 4);
        if (transposed) {
            kernel.transposedProduct(c.part(), memory.address(), tokens, in.address(), out.address());
        } else {
            kernel.product(c.part(), memory.address(), tokens, in.address(), out.address());
        }
        assertThat(in.guardsIntact() && out.guardsIntact()).isTrue();
        return out.floats(c.type());
    }

    @Test
    void aNanInAWeightIsANanInItsBlock() {
        Case c = whole(ElementType.FP32, QuantizedFormat.NF4, 64, 0, 1, 128);
        float[] whole = c.gaussian(128, 3);
        whole[70] = Float.NaN;
        float[] numbers =
                QuantizedMemory.of(kernel(c, 1), c.part(), c.type(), whole).numbers(c.type());
        for (int i = 0; i < numbers.length; i++) {
            assertThat(Float.isNaN(numbers[i])).isEqualTo(i >= 64);
        }
    }

    @Test
    void refusesWhatWouldCrash() {
        Case c = whole(ElementType.FP32, QuantizedFormat.NF4, 64, 0, 1, 128);
        assertThatThrownBy(() -> kernel(c, 1).product(c.part(), 0, 1, 8, 8)).hasMessageContaining("address 0");
        assertThatThrownBy(() -> kernel(c, 1).dequantize(c.part(), 8, new QuantizedRows.Range(0, 2, 0, 8), 8))
                .hasMessageContaining("Rows 0 to 2");
        assertThatThrownBy(() -> kernel(c, 1).dequantize(c.part(), 8, new QuantizedRows.Range(0, 1, 1, 8), 8))
                .hasMessageContaining("even column");
        assertThatThrownBy(() -> new QuantizedLayout(QuantizedFormat.NF4, 64, 0, 10, 0, 1, 4, 7))
                .hasMessageContaining("of 10 columns");
    }

    private static void assertSame(float[] actual, float[] expected) {
        assertThat(Arrays.equals(actual, expected)).isTrue();
    }
}
