package dev.packtrain.kernels;

import java.util.Arrays;

/**
 * The 256 numbers that scales of two levels are rounded to: bitsandbytes' dynamic data type (Dettmers 2016, arXiv
 * 1511.04561), signed, with 7 bits of exponent. For each decade 10⁻⁶ … 10⁰ the midpoints of 2ⁱ equal parts of [0.1, 1],
 * with either sign; and 0 and 1.
 */
public final class ScaleCodes {
    private static final int DECADES = 7;
    private static final float[] VALUES = make();

    private ScaleCodes() {}

    private static float[] make() {
        float[] values = new float[256];
        int count = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int parts = 1 << decade;
            double unit = Math.pow(10, decade + 1.0 - DECADES);
            for (int part = 0; part < parts; part++) {
                float value = (float) (unit * (0.1 + 0.9 * (part + 0.5) / parts));
                values[count++] = value;
                values[count++] = -value;
            }
        }
        values[count++] = 0;
        values[count] = 1;
        Arrays.sort(values);
        return values;
    }

    /** By rising value. */
    public static float[] values() {
        return VALUES.clone();
    }

    /** The code of the nearest value; of two equally near ones the lower. */
    public static int nearest(float number) {
        int low = 0;
        int high = VALUES.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (number > ((double) VALUES[middle] + VALUES[middle + 1]) / 2) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    static float[] shared() {
        return VALUES;
    }
}
