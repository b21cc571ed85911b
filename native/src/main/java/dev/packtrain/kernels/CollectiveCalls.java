package dev.packtrain.kernels;

/** The functions of collectives_jni.cpp. Callers load the library and check arguments first. */
final class CollectiveCalls {
    /** Buffers that one reduction takes at most. */
    static final int MAX_SOURCES = 64;

    private CollectiveCalls() {}

    /** Elementwise over {@code sources}, in their order; types are {@link ReductionType}s. */
    static native void reduce(
            int variant, boolean maximum, int from, int to, long[] sources, long output, long numElements);

    static native void copy(long from, long to, long bytes);

    /** A descriptor, or minus the errno. */
    static native int createFile(long bytes);

    /** A descriptor, or minus the errno. */
    static native int openFile(String path, long bytes);

    /** An address, 0 if it failed. */
    static native long map(int descriptor, long bytes);

    static native void unmap(long address, long bytes);

    static native void closeFile(int descriptor);

    static native void publish(long counter, int value);

    static native void putLong(long address, long value);

    static native long getLong(long address);

    /** False after the timeout. */
    static native boolean await(long counter, int wanted, long timeoutMillis);
}
