package dev.packtrain.kernels;

/** The functions of zero_pages_jni.cpp. Callers load the library and check arguments first. */
final class ZeroPageCalls {
    private ZeroPageCalls() {}

    /** The address of the first byte, or minus the errno. */
    static native long map(long bytes);

    /** Zeroes pages that are not zero, on the kernels' threads. */
    static native void clear(long address, long bytes);

    /** Gives back pages that hold nothing but zeros. 0, or the errno. */
    static native int releaseZeros(long address, long bytes);

    static native void unmap(long address, long bytes);
}
