package dev.packtrain.kernels;

/** Fp32 numbers as bf16 and remainder, by the definition. */
final class SplitWeights {
    final FloatMemory high;
    final FloatMemory low;

    SplitWeights(int[] bits) {
        short[] highs = new short[bits.length];
        short[] lows = new short[bits.length];
        for (int i = 0; i < bits.length; i++) {
            highs[i] = AdamWReference.bf16(Float.intBitsToFloat(bits[i]));
            lows[i] = (short) (bits[i] - (highs[i] << 16));
        }
        high = FloatMemory.ofShorts(highs, 2);
        low = FloatMemory.ofShorts(lows, 4);
    }

    static SplitWeights of(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return new SplitWeights(bits);
    }

    int[] bits() {
        int[] bits = new int[high.shorts().length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (high.shorts()[i] << 16) + low.shorts()[i];
        }
        return bits;
    }

    float[] values() {
        int[] bits = bits();
        float[] values = new float[bits.length];
        for (int i = 0; i < bits.length; i++) {
            values[i] = Float.intBitsToFloat(bits[i]);
        }
        return values;
    }
}
