package dev.packtrain.kernels;

/** The functions of parallel_jni.cpp. Callers load the library and check arguments first. */
final class ThreadCalls {
    private ThreadCalls() {}

    /** File of the OpenMP runtime; empty where there is none. */
    static native String poolPath();

    /** Threads that a kernel uses when called from this thread with a wish for 0. */
    static native int defaultNumThreads();

    /**
     * Runs one task an element, which replaces {@code e} by {@code 1000 · e + number of the thread}.
     *
     * @param wishedThreads 0 for the default
     */
    static native void recordThreads(int wishedThreads, boolean dynamic, int[] threads);
}
