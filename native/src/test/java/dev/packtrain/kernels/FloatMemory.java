package dev.packtrain.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Native memory for a test: values at a chosen byte offset, with a guard zone on either side that must not change. */
final class FloatMemory {
    private static final int GUARD = 64;
    private static final byte GUARD_BYTE = 0x5a;

    private final ByteBuffer buffer;
    private final int begin;
    private final int numBytes;

    private FloatMemory(int numBytes, int misalignment) {
        this.numBytes = numBytes;
        this.buffer =
                ByteBuffer.allocateDirect(numBytes + 3 * GUARD + misalignment).order(ByteOrder.nativeOrder());
        byte[] guard = new byte[buffer.capacity()];
        Arrays.fill(guard, GUARD_BYTE);
        buffer.put(0, guard);
        int toBoundary = (int) (-DirectMemory.addressOf(buffer) & (GUARD - 1));
        this.begin = GUARD + toBoundary + misalignment;
    }

    /** Holds the values, {@code misalignment} bytes after a 64-byte boundary. */
    static FloatMemory of(float[] values, int misalignment) {
        FloatMemory memory = new FloatMemory(values.length * Float.BYTES, misalignment);
        for (int i = 0; i < values.length; i++) {
            memory.buffer.putFloat(memory.begin + i * Float.BYTES, values[i]);
        }
        return memory;
    }

    /** Room for {@code numElements} 16-bit numbers. */
    static FloatMemory ofShorts(int numElements, int misalignment) {
        return new FloatMemory(numElements * Short.BYTES, misalignment);
    }

    /** Holds the values in fp32, or rounded to bf16. */
    static FloatMemory of(ElementType type, float[] values, int misalignment) {
        if (type == ElementType.FP32) {
            return of(values, misalignment);
        }
        short[] rounded = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = AdamWReference.bf16(values[i]);
        }
        return ofShorts(rounded, misalignment);
    }

    /** Holds the 16-bit numbers, {@code misalignment} bytes after a 64-byte boundary. */
    static FloatMemory ofShorts(short[] values, int misalignment) {
        FloatMemory memory = ofShorts(values.length, misalignment);
        for (int i = 0; i < values.length; i++) {
            memory.buffer.putShort(memory.begin + i * Short.BYTES, values[i]);
        }
        return memory;
    }

    /** What it holds now, widened to fp32. */
    float[] floats(ElementType type) {
        if (type == ElementType.FP32) {
            return floats();
        }
        short[] shorts = shorts();
        float[] values = new float[shorts.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(shorts[i] << 16);
        }
        return values;
    }

    long address() {
        return DirectMemory.addressOf(buffer) + begin;
    }

    float[] floats() {
        float[] values = new float[numBytes / Float.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = buffer.getFloat(begin + i * Float.BYTES);
        }
        return values;
    }

    short[] shorts() {
        short[] values = new short[numBytes / Short.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = buffer.getShort(begin + i * Short.BYTES);
        }
        return values;
    }

    boolean guardsIntact() {
        for (int i = 0; i < buffer.capacity(); i++) {
            boolean inside = i >= begin && i < begin + numBytes;
            if (!inside && buffer.get(i) != GUARD_BYTE) {
                return false;
            }
        }
        return true;
    }
}
