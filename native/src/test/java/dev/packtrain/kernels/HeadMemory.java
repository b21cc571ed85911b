package dev.packtrain.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A tensor {@code [rows, heads, headDim]} in native memory for a test. Around it, and between its rows where it is a view,
 * lie bytes that must not change; read as numbers they are NaN, so that a kernel which computes with them shows.
 */
final class HeadMemory {
    private static final byte GUARD_BYTE = (byte) 0xff;
    private static final int GUARD = 256;

    private final ElementType type;
    private final int rowLength;
    private final int rowStride;
    private final int headDim;
    private final int numElements;
    private final int begin;
    private final ByteBuffer buffer;

    /**
     * Holds NaN.
     *
     * @param gap elements between a row and the next, even
     */
    HeadMemory(ElementType type, int rows, int heads, int headDim, int gap) {
        this.type = type;
        this.headDim = headDim;
        this.rowLength = heads * headDim;
        this.rowStride = rowLength + gap;
        this.numElements = rows * rowLength;
        // Not at a multiple of 64 bytes: a view does not begin there either.
        this.begin = GUARD + 2 * type.bytes();
        this.buffer = ByteBuffer.allocateDirect(2 * GUARD + (rows * rowStride + 2) * type.bytes())
                .order(ByteOrder.nativeOrder());
        byte[] guard = new byte[buffer.capacity()];
        Arrays.fill(guard, GUARD_BYTE);
        buffer.put(0, guard);
    }

    static double roundToBf16(double x) {
        int bits = Float.floatToRawIntBits((float) x);
        int rounded = bits + 0x7fff + (bits >>> 16 & 1);
        return Float.isNaN((float) x) ? Double.NaN : Float.intBitsToFloat(rounded & 0xffff0000);
    }

    /** Standard normal numbers, rounded to the type. */
    static double[] random(int length, ElementType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            double value = random.nextGaussian();
            values[i] = type == ElementType.BF16 ? roundToBf16(value) : (float) value;
        }
        return values;
    }

    HeadMemory with(double[] values) {
        for (int i = 0; i < numElements; i++) {
            if (type == ElementType.BF16) {
                buffer.putShort(at(i), (short) (Float.floatToRawIntBits((float) values[i]) >>> 16));
            } else {
                buffer.putFloat(at(i), (float) values[i]);
            }
        }
        return this;
    }

    double[] values() {
        double[] values = new double[numElements];
        for (int i = 0; i < numElements; i++) {
            values[i] = type == ElementType.BF16
                    ? Float.intBitsToFloat(buffer.getShort(at(i)) << 16)
                    : buffer.getFloat(at(i));
        }
        return values;
    }

    private int at(int element) {
        return begin + (element / rowLength * rowStride + element % rowLength) * type.bytes();
    }

    long address() {
        return DirectMemory.addressOf(buffer) + begin;
    }

    HeadTensor tensor() {
        return new HeadTensor(address(), rowStride, headDim);
    }

    boolean guardsIntact() {
        boolean[] owned = new boolean[buffer.capacity()];
        for (int i = 0; i < numElements; i++) {
            Arrays.fill(owned, at(i), at(i) + type.bytes(), true);
        }
        for (int i = 0; i < owned.length; i++) {
            if (!owned[i] && buffer.get(i) != GUARD_BYTE) {
                return false;
            }
        }
        return true;
    }
}
