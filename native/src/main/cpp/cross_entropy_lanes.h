// One row of cross_entropy.h, in vectors as wide as the instruction set of the including file has them: every variant is
// this code.
//
// Everything here is `static inline`: each variant must keep its own copy (see adamw_scalar.h).
#pragma once

#include <cmath>

#include "cross_entropy.h"

namespace packtrain {

#if defined(__AVX512F__)
#define PACKTRAIN_WIDTH 16
#elif defined(__AVX2__)
#define PACKTRAIN_WIDTH 8
#else
#define PACKTRAIN_WIDTH 4
#endif

constexpr int64_t kLanes = 16;
constexpr int64_t kBlock = 1024;
constexpr int64_t kWidth = PACKTRAIN_WIDTH;
constexpr int64_t kParts = kLanes / kWidth;

typedef float Floats __attribute__((vector_size(4 * PACKTRAIN_WIDTH)));
typedef uint32_t Words __attribute__((vector_size(4 * PACKTRAIN_WIDTH)));
typedef uint16_t Halves __attribute__((vector_size(2 * PACKTRAIN_WIDTH)));

template <typename To, typename From>
static inline To bits_as(From from) {
    static_assert(sizeof(To) == sizeof(From), "the same bits");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}

struct Fp32 {
    static constexpr size_t kBytes = 4;

    static inline Floats load(const char* at) {
        Floats values;
        __builtin_memcpy(&values, at, sizeof values);
        return values;
    }

    static inline void store(char* at, Floats values) {
        __builtin_memcpy(at, &values, sizeof values);
    }
};

struct Bf16 {
    static constexpr size_t kBytes = 2;

    static inline Floats load(const char* at) {
        Halves halves;
        __builtin_memcpy(&halves, at, sizeof halves);
        return bits_as<Floats>(__builtin_convertvector(halves, Words) << 16);
    }

    // Round to nearest, ties to even; every NaN becomes the quiet NaN 0x7fc0.
    static inline void store(char* at, Floats values) {
        const Words bits = bits_as<Words>(values);
        const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
        const Words nan = bits_as<Words>(values != values);
        const Halves halves = __builtin_convertvector((rounded & ~nan) | (nan & 0x7fc0u), Halves);
        __builtin_memcpy(at, &halves, sizeof halves);
    }
};

static inline Floats all(float value) {
    return Floats{} + value;
}

// exp(x) for x <= 0: 2^n * exp(r) with |r| <= ln(2)/2 and the Taylor polynomial of degree 7 (its remainder is below
// 6e-9). Below -87, where fp32 numbers get denormal, 0. NaN stays NaN.
static inline Floats exp_of(Floats x) {
    const Floats magic = all(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer, in the low bits
    const Floats shifted = x * 1.44269504088896341f + magic;
    const Floats n = shifted - magic;
    // ln(2) in two parts; the first has few bits, so that n times it is exact.
    const Floats r = (x - n * 0.693359375f) - n * -2.12194440054690583e-4f;
    Floats p = all(1.0f / 5040.0f);
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const Floats power = bits_as<Floats>((bits_as<Words>(shifted) << 23) + 0x3f800000u);
    return x < -87.0f ? Floats{} : p * power;
}

static inline Floats larger(Floats a, Floats b) {
    return b > a ? b : a;
}

// Fewer elements than a vector has; the others are `filler`.
template <typename Type>
static inline Floats load_tail(const char* at, int64_t count, float filler) {
    char padded[kWidth * 4];
    Type::store(padded, all(filler));
    __builtin_memcpy(padded, at, static_cast<size_t>(count) * Type::kBytes);
    return Type::load(padded);
}

template <typename Type>
static inline void store_tail(char* at, int64_t count, Floats values) {
    char padded[kWidth * 4];
    Type::store(padded, values);
    __builtin_memcpy(at, padded, static_cast<size_t>(count) * Type::kBytes);
}

template <typename Type>
static inline float max_of(const char* row, int64_t vocab) {
    Floats parts[4];
    for (Floats& part : parts) {
        part = all(-__builtin_inff());
    }
    int64_t i = 0;
    for (; i + 4 * kWidth <= vocab; i += 4 * kWidth) {
        for (int64_t part = 0; part < 4; ++part) {
            parts[part] = larger(parts[part], Type::load(row + (i + part * kWidth) * Type::kBytes));
        }
    }
    for (; i < vocab; i += kWidth) {
        const int64_t count = vocab - i < kWidth ? vocab - i : kWidth;
        parts[0] = larger(parts[0], load_tail<Type>(row + i * Type::kBytes, count, -__builtin_inff()));
    }
    const Floats both = larger(larger(parts[0], parts[1]), larger(parts[2], parts[3]));
    float largest = both[0];
    for (int64_t lane = 1; lane < kWidth; ++lane) {
        largest = both[lane] > largest ? both[lane] : largest;
    }
    return largest;
}

// Adds exp of 16 elements, of which `count` exist, to the 16 lanes in `sums`.
template <typename Type>
static inline void add_exp_of_tail(Floats* sums, const char* at, int64_t count, float largest) {
    for (int64_t part = 0; part * kWidth < count; ++part) {
        const int64_t rest = count - part * kWidth < kWidth ? count - part * kWidth : kWidth;
        const char* from = at + part * kWidth * Type::kBytes;
        sums[part] += exp_of(load_tail<Type>(from, rest, -__builtin_inff()) - largest);
    }
}

template <typename Type>
static inline double sum_of_exp(const char* row, int64_t vocab, float largest) {
    double lanes[kLanes] = {};
    for (int64_t block = 0; block < vocab; block += kBlock) {
        const int64_t end = block + kBlock < vocab ? block + kBlock : vocab;
        Floats sums[kParts] = {};
        int64_t i = block;
        for (; i + kLanes <= end; i += kLanes) {
            for (int64_t part = 0; part < kParts; ++part) {
                sums[part] += exp_of(Type::load(row + (i + part * kWidth) * Type::kBytes) - largest);
            }
        }
        add_exp_of_tail<Type>(sums, row + i * Type::kBytes, end - i, largest);
        for (int64_t lane = 0; lane < kLanes; ++lane) {
            lanes[lane] += static_cast<double>(sums[lane / kWidth][lane % kWidth]);
        }
    }
    for (int64_t width = kLanes / 2; width > 0; width /= 2) {
        for (int64_t lane = 0; lane < width; ++lane) {
            lanes[lane] += lanes[lane + width];
        }
    }
    return lanes[0];
}

template <typename Type>
static inline void to_probabilities(char* row, int64_t vocab, float largest, float factor) {
    int64_t i = 0;
    for (; i + kWidth <= vocab; i += kWidth) {
        char* at = row + i * Type::kBytes;
        Type::store(at, exp_of(Type::load(at) - largest) * factor);
    }
    if (i < vocab) {
        char* at = row + i * Type::kBytes;
        store_tail<Type>(at, vocab - i, exp_of(load_tail<Type>(at, vocab - i, 0) - largest) * factor);
    }
}

template <typename Type>
static inline void cross_entropy_row_as(const CrossEntropyRows& rows, int64_t r) {
    char* row = rows.logits + static_cast<size_t>(r * rows.vocab) * Type::kBytes;
    char* target = row + static_cast<size_t>(rows.targets[r]) * Type::kBytes;
    const float largest = max_of<Type>(row, rows.vocab);
    const double sum = sum_of_exp<Type>(row, rows.vocab, largest);
    const float margin = load_tail<Type>(target, 1, 0)[0] - largest;
    rows.sums[r] = sum;
    rows.margins[r] = static_cast<double>(margin);
    if (rows.with_gradient) {
        const float factor = static_cast<float>(static_cast<double>(rows.scale) / sum);
        to_probabilities<Type>(row, rows.vocab, largest, factor);
        store_tail<Type>(target, 1, exp_of(all(margin)) * factor - rows.scale);
    }
}

static inline void cross_entropy_row_of_lanes(const CrossEntropyRows& rows, int64_t row) {
    switch (rows.type) {
        case LogitsType::kFp32:
            return cross_entropy_row_as<Fp32>(rows, row);
        case LogitsType::kBf16:
            return cross_entropy_row_as<Bf16>(rows, row);
    }
}

}  // namespace packtrain
