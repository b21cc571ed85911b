package dev.packtrain.kernels;

import java.util.EnumSet;
import java.util.Set;

/** An instruction set that a kernel was compiled for. All variants of a kernel give the same bits. */
public enum KernelVariant {
    /** Any x86-64 CPU. */
    PORTABLE(0),
    /** 256-bit vectors. */
    AVX2(1),
    /** 512-bit vectors. */
    AVX512(2);

    private final int nativeId;

    KernelVariant(int nativeId) {
        this.nativeId = nativeId;
    }

    /** What compile-kernels.sh lets the compiler use. */
    private Set<CpuFeature> needs() {
        return switch (this) {
            case PORTABLE -> EnumSet.noneOf(CpuFeature.class);
            case AVX2 -> EnumSet.of(CpuFeature.AVX2);
            case AVX512 ->
                EnumSet.of(CpuFeature.AVX512F, CpuFeature.AVX512BW, CpuFeature.AVX512DQ, CpuFeature.AVX512VL);
        };
    }

    /** Whether a CPU can run it. */
    public boolean runsOn(CpuCapabilities cpu) {
        return cpu.features().containsAll(needs());
    }

    /** The fastest one that a CPU can run. */
    public static KernelVariant fastestOn(CpuCapabilities cpu) {
        if (AVX512.runsOn(cpu)) {
            return AVX512;
        }
        return AVX2.runsOn(cpu) ? AVX2 : PORTABLE;
    }

    /** The number that jni.cpp knows it by, after checking that this machine can run it. */
    int requireHere() {
        CpuCapabilities cpu = CpuCapabilities.probe();
        if (!runsOn(cpu)) {
            throw new KernelUnavailableException("The " + this + " kernels need " + needs() + " and this CPU ("
                    + cpu.brand() + ") offers " + cpu.features() + "; use " + fastestOn(cpu) + ".");
        }
        return nativeId;
    }
}
