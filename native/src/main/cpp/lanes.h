// Vectors as wide as the instruction set of the including file has them. The compiler turns the operations into that set,
// so a kernel is written once, and all its variants give the same bits.
//
// Everything here, and in the headers that use it, is in an anonymous namespace: each variant must keep its own copy,
// compiled with its own instruction set. With external linkage the linker could keep the AVX-512 copy alone, and the
// portable variant would then crash.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace packtrain {
namespace {

#if defined(__AVX512F__)
#define PACKTRAIN_WIDTH 16
#elif defined(__AVX2__)
#define PACKTRAIN_WIDTH 8
#else
#define PACKTRAIN_WIDTH 4
#endif

constexpr int64_t kLanes = 16;
constexpr int64_t kWidth = PACKTRAIN_WIDTH;
constexpr int64_t kParts = kLanes / kWidth;

typedef float Floats __attribute__((vector_size(4 * PACKTRAIN_WIDTH)));
typedef uint32_t Words __attribute__((vector_size(4 * PACKTRAIN_WIDTH)));
typedef uint16_t Halves __attribute__((vector_size(2 * PACKTRAIN_WIDTH)));

template <typename To, typename From>
inline To bits_as(From from) {
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

// Between 16 and 32 bits. GCC 12 makes several instructions of each, where AVX-512 has one.
#if defined(__AVX512F__)
inline Words wide(Halves halves) {
    return bits_as<Words>(_mm512_cvtepu16_epi32(bits_as<__m256i>(halves)));
}

inline Halves low(Words words) {
    return bits_as<Halves>(_mm512_cvtepi32_epi16(bits_as<__m512i>(words)));
}
#else
inline Words wide(Halves halves) {
    return __builtin_convertvector(halves, Words);
}

inline Halves low(Words words) {
    return __builtin_convertvector(words, Halves);
}
#endif

struct Bf16 {
    static constexpr size_t kBytes = 2;

    static inline Floats load(const char* at) {
        Halves halves;
        __builtin_memcpy(&halves, at, sizeof halves);
        return bits_as<Floats>(wide(halves) << 16);
    }

    // Round to nearest, ties to even; every NaN becomes the quiet NaN 0x7fc0.
    static inline void store(char* at, Floats values) {
        const Words bits = bits_as<Words>(values);
        const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
        const Words nan = bits_as<Words>(values != values);
        const Halves halves = low((rounded & ~nan) | (nan & 0x7fc0u));
        __builtin_memcpy(at, &halves, sizeof halves);
    }
};

// Whether any bit is set.
inline bool any_bit(Words words) {
#if defined(__AVX512F__)
    return _mm512_test_epi32_mask(bits_as<__m512i>(words), bits_as<__m512i>(words)) != 0;
#elif defined(__AVX2__)
    return _mm256_testz_si256(bits_as<__m256i>(words), bits_as<__m256i>(words)) == 0;
#else
    return (words[0] | words[1] | words[2] | words[3]) != 0;
#endif
}

inline Floats all(float value) {
    return Floats{} + value;
}

// Fewer elements than a vector has; the others are `filler`.
template <typename Type>
inline Floats load_tail(const char* at, int64_t count, float filler) {
    char padded[kWidth * 4];
    Type::store(padded, all(filler));
    __builtin_memcpy(padded, at, static_cast<size_t>(count) * Type::kBytes);
    return Type::load(padded);
}

template <typename Type>
inline void store_tail(char* at, int64_t count, Floats values) {
    char padded[kWidth * 4];
    Type::store(padded, values);
    __builtin_memcpy(at, padded, static_cast<size_t>(count) * Type::kBytes);
}

}  // namespace
}  // namespace packtrain
