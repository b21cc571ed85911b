package dev.packtrain.kernels;

/** Instruction sets that kernels are written for. The numbers are those of the bits in cpu_probe.h. */
public enum CpuFeature {
    /** 256-bit integer and floating-point vectors. */
    AVX2(0),
    /** Fused multiply-add on 256-bit vectors. */
    FMA(1),
    /** 512-bit vectors. */
    AVX512F(2),
    /** 8- and 16-bit elements in 512-bit vectors. */
    AVX512BW(3),
    /** 32- and 64-bit additions to AVX-512. */
    AVX512DQ(4),
    /** AVX-512 instructions on shorter vectors. */
    AVX512VL(5),
    /** bf16 dot products and conversion. */
    AVX512_BF16(6),
    /** Tile registers. */
    AMX_TILE(7),
    /** bf16 tile products. */
    AMX_BF16(8),
    /** int8 tile products. */
    AMX_INT8(9),
    /** The CPU has tile registers, but the operating system does not lend them: a Linux before 5.16, or one that refuses. */
    AMX_NOT_LENT(10),
    /** 8-bit dot products on 256-bit vectors; AMD has them since Zen 5. */
    AVX_VNNI(11);

    private final int bit;

    CpuFeature(int bit) {
        this.bit = bit;
    }

    /** Whether the native probe found it. */
    boolean isIn(int probedBits) {
        return (probedBits >>> bit & 1) == 1;
    }
}
