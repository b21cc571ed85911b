// 16 fp32 numbers at a time, in whatever registers the including file is compiled for: GCC's vector types become one
// AVX-512 register, two AVX registers or four SSE registers. Every operation is a single IEEE-754 operation per lane, so
// the results do not depend on that choice.
//
// In an anonymous namespace, as every variant must keep a copy of its own, compiled with its own instruction set.
#pragma once

#include <cstddef>
#include <cstdint>


namespace packtrain {
namespace {

constexpr int64_t kLanes = 16;

typedef float F16 __attribute__((vector_size(64)));
typedef int32_t I16 __attribute__((vector_size(64)));
typedef uint32_t U16 __attribute__((vector_size(64)));
typedef uint16_t H16 __attribute__((vector_size(32)));

inline F16 all(float value) {
    return F16{} + value;
}

inline float tree_sum(F16 lanes) {
    float part[kLanes];
    __builtin_memcpy(part, &lanes, sizeof part);
    for (int64_t width = kLanes / 2; width > 0; width /= 2) {
        for (int64_t k = 0; k < width; ++k) {
            part[k] += part[k + width];
        }
    }
    return part[0];
}

struct Fp32 {
    static constexpr int64_t kBytes = 4;
    typedef F16 Stored;

    static inline F16 widen(F16 stored) {
        return stored;
    }
    static inline F16 narrow(F16 value) {
        return value;
    }
};

struct Bf16 {
    static constexpr int64_t kBytes = 2;
    typedef H16 Stored;

    static inline F16 widen(H16 stored) {
        const U16 bits = __builtin_convertvector(stored, U16) << 16;
        F16 value;
        __builtin_memcpy(&value, &bits, sizeof value);
        return value;
    }

    // To nearest, ties to even; every NaN becomes the quiet NaN 0x7fc0.
    static inline H16 narrow(F16 value) {
        U16 bits;
        __builtin_memcpy(&bits, &value, sizeof bits);
        const U16 rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
        const U16 quiet_nan = U16{} + 0x7fc0u;
        return __builtin_convertvector(value == value ? rounded : quiet_nan, H16);
    }
};

// Elements at..at+count-1 of a row; lanes from count on are zero. count is 16 except at the end of a row.
template <typename E>
inline F16 load(const char* row, int64_t at, int64_t count) {
    typename E::Stored stored = {};
    if (__builtin_expect(count == kLanes, 1)) {
        __builtin_memcpy(&stored, row + at * E::kBytes, sizeof stored);
    } else {
        __builtin_memcpy(&stored, row + at * E::kBytes, static_cast<size_t>(count * E::kBytes));
    }
    return E::widen(stored);
}

template <typename E>
inline void store(char* row, int64_t at, int64_t count, F16 value) {
    const typename E::Stored stored = E::narrow(value);
    if (__builtin_expect(count == kLanes, 1)) {
        __builtin_memcpy(row + at * E::kBytes, &stored, sizeof stored);
    } else {
        __builtin_memcpy(row + at * E::kBytes, &stored, static_cast<size_t>(count * E::kBytes));
    }
}

// body(at, count) for each run of at most 16 elements of a row.
template <typename Body>
inline void for_lanes(int64_t cols, Body body) {
    int64_t at = 0;
    for (; at + kLanes <= cols; at += kLanes) {
        body(at, kLanes);
    }
    if (at < cols) {
        body(at, cols - at);
    }
}

// e^x by x = n ln 2 + r, |r| <= ln 2 / 2, and the Taylor series to r^7 (its next term is below 2^-27). Relative error
// below 2^-22. Arguments beyond the range of fp32 are taken as its ends; NaN as the upper one.
inline F16 exponential(F16 x) {
    const F16 low = all(-87.0f);
    const F16 high = all(88.0f);
    x = x < high ? x : high;
    x = x > low ? x : low;
    const float to_integer = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
    const F16 n = (x * 1.44269504f + to_integer) - to_integer;
    const F16 r = (x - n * 0x1.62e4p-1f) - n * 1.42860682e-6f;  // ln 2 in two parts; the first product is exact
    F16 series = all(1.0f / 5040);
    series = series * r + 1.0f / 720;
    series = series * r + 1.0f / 120;
    series = series * r + 1.0f / 24;
    series = series * r + 1.0f / 6;
    series = series * r + 0.5f;
    series = series * r + 1.0f;
    series = series * r + 1.0f;
    const I16 exponent = (__builtin_convertvector(n, I16) + 127) << 23;
    F16 power;
    __builtin_memcpy(&power, &exponent, sizeof power);
    return series * power;
}

inline F16 sigmoid(F16 x) {
    return 1.0f / (1.0f + exponential(-x));
}

}  // namespace
}  // namespace packtrain
