package dev.packtrain.kernels;

import java.nio.ByteBuffer;

/** The address of memory that Java owns, for callers whose buffers do not come from libtorch. */
public final class DirectMemory {
    private DirectMemory() {}

    /**
     * Address of a direct buffer's first byte, whatever its position. The caller keeps the buffer reachable while it
     * uses the address.
     *
     * @throws IllegalArgumentException if the buffer lives on the Java heap, where it has no fixed address
     */
    public static long addressOf(ByteBuffer direct) {
        if (!direct.isDirect()) {
            throw new IllegalArgumentException(
                    "A heap buffer has no fixed address; allocate it with ByteBuffer.allocateDirect.");
        }
        NativeLibrary.require();
        return NativeCalls.addressOf(direct);
    }
}
