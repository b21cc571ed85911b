package dev.packtrain.kernels;

import java.util.EnumSet;
import java.util.Set;

/**
 * How attention is computed on the CPU. Variants add in different orders, so their results differ by rounding; each gives
 * the same bits in every run and with any number of threads.
 */
public enum AttentionVariant {
    /** The obvious loops, row after row: what the others are tested against. For measurements and tests. */
    PLAIN(0),
    /** In tiles, for any x86-64 CPU. */
    PORTABLE(1),
    /** In tiles, with 256-bit vectors and fused multiply-adds. */
    AVX2(2),
    /** In tiles, with 512-bit vectors. */
    AVX512(3),
    /** In tiles, with 512-bit vectors; bf16 tensors with dot products of bf16 pairs, fp32 tensors as {@link #AVX512}. */
    AVX512_BF16(4),
    /** In tiles, with 512-bit vectors; bf16 tensors with matrix products of tile registers, fp32 tensors as {@link #AVX512}. */
    AMX(5);

    private final int nativeId;

    AttentionVariant(int nativeId) {
        this.nativeId = nativeId;
    }

    /** What compile-kernels.sh lets the compiler use. */
    private Set<CpuFeature> needs() {
        return switch (this) {
            case PLAIN, PORTABLE -> EnumSet.noneOf(CpuFeature.class);
            case AVX2 -> EnumSet.of(CpuFeature.AVX2, CpuFeature.FMA);
            case AVX512 ->
                EnumSet.of(CpuFeature.AVX512F, CpuFeature.AVX512BW, CpuFeature.AVX512DQ, CpuFeature.AVX512VL);
            case AVX512_BF16 -> {
                Set<CpuFeature> needs = EnumSet.copyOf(AVX512.needs());
                needs.add(CpuFeature.AVX512_BF16);
                yield needs;
            }
            case AMX -> {
                Set<CpuFeature> needs = EnumSet.copyOf(AVX512_BF16.needs());
                needs.add(CpuFeature.AMX_TILE);
                needs.add(CpuFeature.AMX_BF16);
                yield needs;
            }
        };
    }

    /** Whether a CPU can run it. */
    public boolean runsOn(CpuCapabilities cpu) {
        return cpu.features().containsAll(needs());
    }

    /** The fastest one that a CPU can run. */
    public static AttentionVariant fastestOn(CpuCapabilities cpu) {
        AttentionVariant fastest = PORTABLE;
        for (AttentionVariant variant : values()) {
            // On cores with tile registers dot products of bf16 pairs are slower than multiply-adds of fp32.
            boolean slow = variant == AVX512_BF16 && cpu.features().contains(CpuFeature.AMX_NOT_LENT);
            fastest = variant.runsOn(cpu) && !slow ? variant : fastest;
        }
        return fastest;
    }

    /** The variant whose code computes elements of a type: some are {@link #AVX512} for fp32. */
    public AttentionVariant of(ElementType type) {
        return type == ElementType.FP32 && (this == AVX512_BF16 || this == AMX) ? AVX512 : this;
    }

    /** The number that attention_jni.cpp knows it by, after checking that this machine can run it. */
    int requireHere() {
        CpuCapabilities cpu = CpuCapabilities.probe();
        if (!runsOn(cpu)) {
            throw new KernelUnavailableException("The " + this + " attention kernels need " + needs()
                    + " and this CPU (" + cpu.brand() + ") offers " + cpu.features() + "; use " + fastestOn(cpu) + ".");
        }
        return nativeId;
    }
}
