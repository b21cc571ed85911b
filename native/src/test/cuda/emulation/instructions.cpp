// Layouts of fragments: PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type" and "ldmatrix".
#include "instructions.h"

#include <cmath>
#include <cstring>
#include <vector>

namespace packtrain::emulation {
namespace {

float decode(uint16_t bits, bool bf16) {
    if (bf16) {
        const uint32_t wide = static_cast<uint32_t>(bits) << 16;
        float x;
        std::memcpy(&x, &wide, 4);
        return x;
    }
    const int exponent = bits >> 10 & 31;
    const int mantissa = bits & 1023;
    float x = std::ldexp(static_cast<float>(exponent == 0 ? mantissa : mantissa + 1024), (exponent == 0 ? 1 : exponent) - 25);
    if (exponent == 31) {
        x = mantissa == 0 ? HUGE_VALF : NAN;
    }
    return (bits & 0x8000) != 0 ? -x : x;
}

std::vector<float> decode_all(bool bf16) {
    std::vector<float> table(65536);
    for (int i = 0; i < 65536; ++i) {
        table[i] = decode(static_cast<uint16_t>(i), bf16);
    }
    return table;
}

void shuffle(Lane* lanes) {
    float x[32];
    for (int i = 0; i < 32; ++i) {
        x[i] = lanes[i ^ lanes[i].mask].x;
    }
    for (int i = 0; i < 32; ++i) {
        lanes[i].x = x[i];
    }
}

// The eight rows of a matrix are read at once: two of them in the same 16 bytes of the 128 that the banks hold is a conflict.
void count_conflicts(const Lane* rows, Traffic& traffic) {
    unsigned places = 0;
    for (int row = 0; row < 8; ++row) {
        places |= 1u << (rows[row].address / 16 % 8);
    }
    ++traffic.accesses;
    traffic.conflicts += places == 255u ? 0 : 1;
}

void load_matrices(Lane* lanes, bool transposed, Traffic& traffic) {
    for (int matrix = 0; matrix < 4; ++matrix) {
        uint16_t elements[8][8];
        count_conflicts(lanes + 8 * matrix, traffic);
        for (int row = 0; row < 8; ++row) {
            std::memcpy(elements[row], shared_memory(lanes[8 * matrix + row].address, 16), 16);
        }
        for (int i = 0; i < 32; ++i) {
            const int row = i / 4;
            const int column = 2 * (i % 4);
            const uint32_t low = transposed ? elements[column][row] : elements[row][column];
            const uint32_t high = transposed ? elements[column + 1][row] : elements[row][column + 1];
            lanes[i].a[matrix] = low | high << 16;
        }
    }
}

void multiply(Lane* lanes, bool bf16) {
    float a[16][16];
    float b[16][8];
    for (int i = 0; i < 32; ++i) {
        const int group = i / 4;
        const int column = 2 * (i % 4);
        for (int e = 0; e < 2; ++e) {
            const int shift = 16 * e;
            for (int r = 0; r < 4; ++r) {
                const uint16_t bits = static_cast<uint16_t>(lanes[i].a[r] >> shift);
                a[group + 8 * (r % 2)][column + e + 8 * (r / 2)] = to_float(bits, bf16);
            }
            for (int r = 0; r < 2; ++r) {
                b[column + e + 8 * r][group] = to_float(static_cast<uint16_t>(lanes[i].b[r] >> shift), bf16);
            }
        }
    }
    for (int row = 0; row < 16; ++row) {
        float sums[8] = {};
        for (int k = 0; k < 16; ++k) {
            for (int column = 0; column < 8; ++column) {
                sums[column] += a[row][k] * b[k][column];
            }
        }
        for (int column = 0; column < 8; ++column) {
            lanes[row % 8 * 4 + column / 2].c[row / 8 * 2 + column % 2] += sums[column];
        }
    }
}

}  // namespace

float to_float(uint16_t bits, bool bf16) {
    static const std::vector<float> bf16_values = decode_all(true);
    static const std::vector<float> fp16_values = decode_all(false);
    return bf16 ? bf16_values[bits] : fp16_values[bits];
}

uint16_t to_bits(float x, bool bf16) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000u);
    if (std::isnan(x)) {
        return 0x7fff;
    }
    if (bf16) {
        return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
    }
    const float magnitude = std::fabs(x);
    if (magnitude >= 65520.0f) {
        return sign | 0x7c00;
    }
    // Units of the last place of the half's binade; nearbyint rounds to even.
    const int exponent = magnitude < 6.103515625e-05f ? -14 : std::ilogb(magnitude);
    const int units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
    return static_cast<uint16_t>(sign | (((exponent + 14) << 10) + units));
}

void execute(Instruction instruction, Lane* lanes, Traffic& traffic) {
    switch (instruction) {
        case Instruction::kShuffle: shuffle(lanes); break;
        case Instruction::kLoadMatrices: load_matrices(lanes, false, traffic); break;
        case Instruction::kLoadMatricesTransposed: load_matrices(lanes, true, traffic); break;
        case Instruction::kMultiplyBf16: multiply(lanes, true); break;
        case Instruction::kMultiplyFp16: multiply(lanes, false); break;
        case Instruction::kBarrier: break;
        case Instruction::kNone: fail("no instruction");
    }
}

}  // namespace packtrain::emulation
