package dev.packtrain.kernels;

import java.nio.ByteBuffer;

/** The functions of the native library, as jni.cpp defines them. Callers load the library and check arguments first. */
final class NativeCalls {
    private NativeCalls() {}

    /** One bit for each {@link CpuFeature} that can be used. */
    static native int cpuFeatures();

    /** The CPU's own name, padded with blanks; empty where it has none. */
    static native String cpuBrand();

    /** Reason of absence or "", driver version, then one line "name TAB bytes TAB major TAB minor" per GPU. */
    static native String[] probeGpus();

    /** Address of a direct buffer's first byte. */
    static native long addressOf(ByteBuffer direct);
}
