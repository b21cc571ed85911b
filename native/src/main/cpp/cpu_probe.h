// What the CPU can do and the operating system lets it do.
#pragma once

#include <cstdint>

namespace packtrain {

// The bits of the Java enum CpuFeature.
enum CpuFeatureBit : uint32_t {
    kAvx2 = 1u << 0,
    kFma = 1u << 1,
    kAvx512F = 1u << 2,
    kAvx512Bw = 1u << 3,
    kAvx512Dq = 1u << 4,
    kAvx512Vl = 1u << 5,
    kAvx512Bf16 = 1u << 6,
    kAmxTile = 1u << 7,
    kAmxBf16 = 1u << 8,
    kAmxInt8 = 1u << 9,
    kAmxNotLent = 1u << 10,  // the CPU has tile registers, but Linux does not lend them
    kAvxVnni = 1u << 11,
};

uint32_t cpu_features();

// 48 characters and a NUL; empty where the CPU does not say.
void cpu_brand(char* brand49);

}  // namespace packtrain
