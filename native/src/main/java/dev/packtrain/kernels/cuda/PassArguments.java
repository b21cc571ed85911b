package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/** The one parameter of a kernel of passes.cu: a struct of pass_args.h, 8-byte fields first, then 4-byte ones. */
final class PassArguments {
    private PassArguments() {}

    /**
     * In the byte order of this machine, direct, position 0.
     *
     * @param wide addresses and 64-bit numbers
     * @param narrow 32-bit numbers, fp32 ones by their bits; a hole is added behind an odd number of them
     */
    static ByteBuffer of(long[] wide, int... narrow) {
        int numBytes = Long.BYTES * (wide.length + (narrow.length + 1) / 2);
        ByteBuffer bytes = ByteBuffer.allocateDirect(numBytes).order(ByteOrder.nativeOrder());
        for (long field : wide) {
            bytes.putLong(field);
        }
        for (int field : narrow) {
            bytes.putInt(field);
        }
        return bytes.position(0);
    }

    /**
     * Checks what a kernel would answer with an error of the whole context.
     *
     * @param elementBytes of what lies there
     * @throws IllegalArgumentException if an address is 0 or not a multiple of that
     */
    static void requireAddresses(int elementBytes, long... addresses) {
        for (long address : addresses) {
            if (address == 0 || address % elementBytes != 0) {
                throw new IllegalArgumentException(
                        "A GPU kernel was given the address %#x; wanted device memory at a multiple of %d bytes."
                                .formatted(address, elementBytes));
            }
        }
    }

    /** Entry point of a pass over elements of a type. */
    static String kernel(String pass, ElementType type) {
        return pass + "_" + type.name().toLowerCase(Locale.ROOT);
    }

    /** Blocks that take so many at a time. */
    static int blocks(long count, int each) {
        return Math.toIntExact((count + each - 1) / each);
    }
}
