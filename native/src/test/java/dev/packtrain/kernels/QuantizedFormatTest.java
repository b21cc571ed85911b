package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The code tables against the formulas that they come from. */
class QuantizedFormatTest {
    /**
     * Formula 4 of QLoRA as its authors compute it: of the standard normal distribution, the quantiles of 9 probabilities
     * in equal steps from 0.9677083 to 1/2 without the last, zero, and minus those of 8 such probabilities; over the largest.
     */
    @Test
    void normalFloatHasTheQuantilesOfTheNormalDistribution() {
        double offset = 0.9677083;
        double[] expected = new double[16];
        for (int i = 0; i < 8; i++) {
            expected[i] = quantile(offset + (0.5 - offset) * i / 8);
        }
        for (int i = 0; i < 7; i++) {
            expected[8 + i] = -quantile(offset + (0.5 - offset) * i / 7);
        }
        Arrays.sort(expected);
        float[] actual = QuantizedFormat.NF4.numbers();
        for (int i = 0; i < 16; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i] / expected[15], within(1e-6));
        }
    }

    /** Where the distribution function is p, by halving. */
    private static double quantile(double p) {
        double low = 0;
        double high = 8;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (distribution(middle) < p) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** 1/2 + φ(x) · (x + x³/3 + x⁵/(3·5) + …). */
    private static double distribution(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= x * x / (2 * n + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /** Sign, two bits of exponent with bias 3 and one of mantissa: 2^(3−e)·(1 + m/2); for e = 0: m/16. All over 12. */
    @Test
    void floatOfFourBitsIsReadByItsBits() {
        float[] values = QuantizedFormat.FP4.numbers();
        double[] powers = {0, 8, 4, 2};
        for (int code = 0; code < 16; code++) {
            int exponent = code >> 1 & 3;
            int mantissa = code & 1;
            double magnitude = exponent == 0 ? mantissa * 0.0625 : powers[exponent] * (1 + mantissa / 2.0);
            double value = (code >= 8 ? -magnitude : magnitude) / 12;
            assertThat((double) values[code]).isCloseTo(value, within(1e-7));
        }
    }

    @Test
    void thresholdsLieBetweenNeighbours() {
        for (QuantizedFormat format :
                new QuantizedFormat[] {QuantizedFormat.NF4, QuantizedFormat.FP4, QuantizedFormat.INT4}) {
            byte[] order = format.order();
            float[] thresholds = format.thresholds();
            for (int i = 0; i < 15; i++) {
                assertThat(thresholds[i])
                        .isBetween(Math.nextDown(format.numbers()[order[i]]), format.numbers()[order[i + 1]]);
            }
        }
        // A zero is code 0 of FP4, and a small negative number its negative zero.
        assertThat(QuantizedFormat.FP4.thresholds()[7]).isEqualTo(-Float.MIN_VALUE);
    }

    @Test
    void scalesAreRoundedToTheNearestOf256() {
        float[] values = ScaleCodes.values();
        assertThat(values).hasSize(256).isSorted().doesNotHaveDuplicates().contains(0f, 1f, 0.55e-6f);
        for (float number = -1.1f; number < 1.1f; number += 0.00137f) {
            float chosen = values[ScaleCodes.nearest(number)];
            for (float value : values) {
                assertThat(Math.abs(chosen - number)).isLessThanOrEqualTo(Math.abs(value - number) + 1e-7f);
            }
        }
    }
}
