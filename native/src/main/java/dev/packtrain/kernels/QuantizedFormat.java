package dev.packtrain.kernels;

import java.util.Comparator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What a few bits of a weight stand for: with a block's scale s, code c is the number {@code value(c) · s}.
 *
 * <p>NF4 and FP4 are those of bitsandbytes: 16 values in [−1, 1], s the block's largest magnitude, each number the nearest
 * value. NF4's are quantiles of the normal distribution (Dettmers et al. 2023, arXiv 2305.14314, formula 4, and appendix E
 * for the values in fp32); FP4 has a sign, two bits of exponent (bias 3) and one of mantissa, divided by 12. INT4 and INT8
 * are whole numbers up to 7 and 127, s the largest magnitude over that.
 */
public enum QuantizedFormat {
    /** Normal float, 4 bits. */
    NF4(4, 1),
    /** Floating point, 4 bits. */
    FP4(4, 1),
    /** Whole numbers from −7 to 7 (the code −8 is not used), 4 bits. */
    INT4(4, 7),
    /** Whole numbers from −127 to 127, 8 bits. */
    INT8(8, 127);

    private static final int CODES = 16;

    private final int bits;
    private final float levels;

    QuantizedFormat(int bits, float levels) {
        this.bits = bits;
        this.levels = levels;
    }

    /** Bits of a code. */
    public int bits() {
        return bits;
    }

    /** What a block's largest magnitude is divided by to give its scale. */
    public float levels() {
        return levels;
    }

    /** What the 16 codes stand for; of {@link #INT8} nothing, its codes are the numbers. */
    public float[] numbers() {
        DoubleStream numbers =
                switch (this) {
                    case NF4 -> normalFloat();
                    case FP4 -> IntStream.range(0, CODES).mapToDouble(QuantizedFormat::floatingPoint);
                    case INT4 -> IntStream.range(0, CODES).mapToDouble(code -> code - 8);
                    case INT8 -> DoubleStream.generate(() -> 0).limit(CODES);
                };
        float[] rounded = new float[CODES];
        int code = 0;
        for (double number : numbers.toArray()) {
            rounded[code++] = (float) number;
        }
        return rounded;
    }

    /** The authors' numbers, each an fp32 number written out. */
    private static DoubleStream normalFloat() {
        return DoubleStream.of(
                -1.0,
                -0.6961928009986877,
                -0.5250730514526367,
                -0.39491748809814453,
                -0.28444138169288635,
                -0.18477343022823334,
                -0.09105003625154495,
                0.0,
                0.07958029955625534,
                0.16093020141124725,
                0.24611230194568634,
                0.33791524171829224,
                0.44070982933044434,
                0.5626170039176941,
                0.7229568362236023,
                1.0);
    }

    private static double floatingPoint(int code) {
        double[] magnitudes = {0, 0.0625, 8, 12, 4, 6, 2, 3};
        return (code < 8 ? 1 : -1) * magnitudes[code % 8] / 12;
    }

    /** Codes by rising value; of two zeros the one with the sign first. */
    byte[] order() {
        float[] values = numbers();
        byte[] order = new byte[CODES];
        int[] sorted = IntStream.range(0, CODES)
                .boxed()
                .sorted(Comparator.comparingDouble(code -> values[code]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; i < sorted.length; i++) {
            order[i] = (byte) sorted[i];
        }
        return order;
    }

    /**
     * A number's code is {@code order()[how many of these are below it]}: the midpoints between neighbours. A number on a
     * midpoint takes the lower value, with FP4 the one nearer to zero, as bitsandbytes has it; there zero itself has no sign.
     */
    float[] thresholds() {
        float[] values = numbers();
        byte[] order = order();
        float[] thresholds = new float[CODES - 1];
        for (int i = 0; i < thresholds.length; i++) {
            float low = values[order[i]];
            float high = values[order[i + 1]];
            float middle = (float) (((double) low + high) / 2);
            thresholds[i] = this == FP4 && high <= 0 ? Math.nextDown(middle) : middle;
        }
        return thresholds;
    }
}
