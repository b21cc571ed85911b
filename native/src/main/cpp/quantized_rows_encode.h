// From numbers to codes, for the instruction set of the including file.
#pragma once

#include "quantized_rows_decode.h"

namespace packtrain {
namespace {

template <typename Type>
inline Floats load_upto(const char* at, int64_t count) {
    return count >= kWidth ? Type::load(at) : load_tail<Type>(at, count, 0.0f);
}

// The largest magnitude; NaN if there is a NaN.
template <typename Type>
inline float largest(const char* x, int64_t count) {
    Words most = {};
    Words nan = {};
    for (int64_t i = 0; i < count; i += kWidth) {
        const Floats v = load_upto<Type>(x + i * Type::kBytes, count - i);
        // Of numbers without a sign, the larger one has the larger bits.
        const Words bits = bits_as<Words>(v) & 0x7fffffffu;
        const Words above = bits_as<Words>(bits > most);
        most = (bits & above) | (most & ~above);
        nan |= bits_as<Words>(v != v);
    }
    uint32_t bits = 0;
    for (int64_t lane = 0; lane < kWidth; ++lane) {
        bits = nan[lane] != 0 ? 0x7fc00000u : bits;
        bits = most[lane] > bits ? most[lane] : bits;
    }
    return bits_as<float>(bits);
}

// Codes of 4 bits by counting thresholds; of 8 bits by rounding to nearest even.
template <typename Type>
inline void encode_block(const QuantizeArguments& a, const char* x, int64_t count, float scale, uint8_t* codes) {
    const float inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
    for (int64_t i = 0; i < count; i += kWidth) {
        const Floats v = load_upto<Type>(x + i * Type::kBytes, count - i) * all(inverse);
        const int64_t n = count - i < kWidth ? count - i : kWidth;
        if (a.bits == 4) {
            Words below = {};
            for (int t = 0; t < kCodes - 1; ++t) {
                below -= bits_as<Words>(v > all(a.thresholds[t]));
            }
            for (int64_t lane = 0; lane < n; ++lane) {
                codes[i + lane] = a.order[below[lane]];
            }
        } else {
            // Adding 1.5 * 2^23 leaves the nearest whole number in the low bits.
            const Words bits = bits_as<Words>(v + all(12582912.0f));
            for (int64_t lane = 0; lane < n; ++lane) {
                const int32_t code = static_cast<int32_t>(bits[lane] - 0x4b400000u);
                codes[i + lane] = static_cast<uint8_t>(code > 127 ? 127 : code < -127 ? -127 : code);
            }
        }
    }
}

template <typename Type>
void quantize(const QuantizeArguments& a, uint8_t* scratch, int64_t begin, int64_t end) {
    const int64_t width = a.to - a.from;
    const int64_t row_bytes = a.bits == 4 ? (width + 1) / 2 : width;
    const int64_t blocks = (a.cols + a.block - 1) / a.block;
    for (int64_t row = begin; row < end; ++row) {
        const char* x = a.x + row * a.cols * static_cast<int64_t>(Type::kBytes);
        for (int64_t b = 0; b < blocks; ++b) {
            const int64_t first = b * a.block;
            const int64_t count = a.cols - first < a.block ? a.cols - first : a.block;
            const char* from = x + first * static_cast<int64_t>(Type::kBytes);
            const float scale = largest<Type>(from, count) / a.levels;
            __builtin_memcpy(a.scales + (row * blocks + b) * 4, &scale, sizeof scale);
            encode_block<Type>(a, from, count, scale, scratch + first);
        }
        uint8_t* codes = reinterpret_cast<uint8_t*>(a.codes) + row * row_bytes;
        const uint8_t* mine = scratch + a.from;
        if (a.bits == 8) {
            __builtin_memcpy(codes, mine, static_cast<size_t>(width));
            continue;
        }
        for (int64_t c = 0; c + 1 < width; c += 2) {
            codes[c / 2] = static_cast<uint8_t>(mine[c] << 4 | mine[c + 1]);
        }
        if (width % 2 != 0) {
            codes[width / 2] = static_cast<uint8_t>(mine[width - 1] << 4);
        }
    }
}

}  // namespace
}  // namespace packtrain
