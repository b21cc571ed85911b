// A feature counts only if CPUID reports it and XCR0 says that the operating system saves its registers, and AMX only if Linux has
// granted this process the use of its registers.
#include "cpu_probe.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace packtrain {
namespace {

constexpr uint64_t kSavesAvx = 0x6;        // XMM and YMM
constexpr uint64_t kSavesAvx512 = 0xe6;    // and opmask, upper halves of ZMM0-15, ZMM16-31
constexpr uint64_t kSavesAmx = 0x60000;    // tile configuration and tile data

uint64_t enabled_by_os() {
    uint32_t eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE)) {
        return 0;
    }
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<uint64_t>(high) << 32) | low;
}

bool all_of(uint64_t value, uint64_t mask) {
    return (value & mask) == mask;
}

// Asked for once, for all threads of the process; libtorch's oneDNN asks for the same.
bool tile_registers_granted() {
    constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA: asm/prctl.h since Linux 5.16
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

uint32_t if_bit(uint32_t reg, int bit, uint32_t feature) {
    return (reg >> bit) & 1u ? feature : 0u;
}

}  // namespace

uint32_t cpu_features() {
    const uint64_t saved = enabled_by_os();
    uint32_t eax, ebx, ecx, edx;
    uint32_t features = 0;
    if (!all_of(saved, kSavesAvx) || !__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
        return 0;
    }
    features |= if_bit(ecx, 12, kFma);
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
        return features;
    }
    const uint32_t num_subleaves = eax;
    features |= if_bit(ebx, 5, kAvx2);
    if (all_of(saved, kSavesAvx512)) {
        features |= if_bit(ebx, 16, kAvx512F) | if_bit(ebx, 30, kAvx512Bw);
        features |= if_bit(ebx, 17, kAvx512Dq) | if_bit(ebx, 31, kAvx512Vl);
    }
    if (all_of(saved, kSavesAmx) && tile_registers_granted()) {
        features |= if_bit(edx, 24, kAmxTile) | if_bit(edx, 22, kAmxBf16) | if_bit(edx, 25, kAmxInt8);
    } else {
        features |= if_bit(edx, 24, kAmxNotLent);
    }
    if (num_subleaves >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) {
        features |= if_bit(eax, 4, kAvxVnni);
        features |= all_of(saved, kSavesAvx512) ? if_bit(eax, 5, kAvx512Bf16) : 0;
    }
    return features;
}

void cpu_brand(char* brand49) {
    std::memset(brand49, 0, 49);
    if (__get_cpuid_max(0x80000000u, nullptr) < 0x80000004u) {
        return;
    }
    for (uint32_t part = 0; part < 3; ++part) {
        uint32_t regs[4];
        __get_cpuid(0x80000002u + part, &regs[0], &regs[1], &regs[2], &regs[3]);
        std::memcpy(brand49 + part * 16, regs, 16);
    }
}

}  // namespace packtrain
