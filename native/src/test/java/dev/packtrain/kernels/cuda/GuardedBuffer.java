package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.DirectMemory;
import dev.packtrain.kernels.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Host memory in the place of a GPU's, with bytes before and behind it that must stay as they are. */
final class GuardedBuffer {
    private static final int GUARD = 64;
    private static final byte UNTOUCHED = 0x5a;

    private final ElementType type;
    private final int count;
    private final ByteBuffer bytes;
    private final int start;

    /**
     * Zeros.
     *
     * @param skipped elements between an address that is a multiple of 16 and the first one
     */
    GuardedBuffer(ElementType type, int count, int skipped) {
        this.type = type;
        this.count = count;
        this.start = GUARD + skipped * type.bytes();
        int size = start + count * type.bytes() + GUARD;
        this.bytes = ByteBuffer.allocateDirect(size + 16)
                .alignedSlice(16)
                .slice(0, size)
                .order(ByteOrder.nativeOrder());
        for (int i = 0; i < size; i++) {
            bytes.put(i, i < start || i >= size - GUARD ? UNTOUCHED : 0);
        }
    }

    /** Normally distributed numbers, from an address that is a multiple of 16. */
    static GuardedBuffer random(ElementType type, int count, int seed) {
        return random(type, count, 0, seed);
    }

    static GuardedBuffer random(ElementType type, int count, int skipped, int seed) {
        GuardedBuffer buffer = new GuardedBuffer(type, count, skipped);
        Random random = new Random(seed);
        for (int i = 0; i < count; i++) {
            buffer.set(i, (float) random.nextGaussian());
        }
        return buffer;
    }

    GuardedBuffer copy() {
        GuardedBuffer copy = new GuardedBuffer(type, count, (start - GUARD) / type.bytes());
        copy.bytes.put(0, bytes, 0, bytes.capacity());
        return copy;
    }

    long address() {
        return DirectMemory.addressOf(bytes) + start;
    }

    float get(int i) {
        return type == ElementType.FP32
                ? bytes.getFloat(start + 4 * i)
                : Float.intBitsToFloat(bytes.getShort(start + 2 * i) << 16);
    }

    /** bf16 takes the upper half. */
    void set(int i, float value) {
        if (type == ElementType.FP32) {
            bytes.putFloat(start + 4 * i, value);
        } else {
            bytes.putShort(start + 2 * i, (short) (Float.floatToRawIntBits(value) >>> 16));
        }
    }

    /** Guards too. */
    boolean sameBytes(GuardedBuffer other) {
        return bytes.equals(other.bytes);
    }

    /** Norm of the difference over that of {@code expected}; infinite if a guard has changed. */
    double errorAgainst(GuardedBuffer expected) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < count; i++) {
            double wanted = expected.get(i);
            error += Math.pow(get(i) - wanted, 2);
            size += wanted * wanted;
        }
        return guardsHold() ? Math.sqrt(error / Math.max(size, Double.MIN_NORMAL)) : Double.POSITIVE_INFINITY;
    }

    private boolean guardsHold() {
        for (int i = 0; i < bytes.capacity(); i++) {
            boolean guard = i < start || i >= bytes.capacity() - GUARD;
            if (guard && bytes.get(i) != UNTOUCHED) {
                return false;
            }
        }
        return true;
    }
}
