// What low_rank_body.h asks of an instruction set beyond the operations of its vectors.
#pragma once

#include <cstring>

#include "attention.h"

namespace packtrain {
namespace {  // each variant is compiled for its own instruction set: nothing here may be shared between them

template <bool kFirst, class A, class B>
struct Choose {
    using Type = A;
};
template <class A, class B>
struct Choose<false, A, B> {
    using Type = B;
};

inline float as_float(Bf16 x) {
    const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// To nearest even; NaN as 0x7fc0.
inline uint32_t bf16_bits(float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    return x == x ? rounded : 0x7fc0;
}

inline Bf16 as_bf16(float x) {
    return {static_cast<uint16_t>(bf16_bits(x))};
}

// The sum of each vector's numbers.
template <class V, int kCount>
inline void sum_each(const typename V::Vec (&vectors)[kCount], float* sums) {
#if defined(__AVX512F__)
    static_assert(kCount == 8, "as many as this is for");
    __m512 quads[2];
    for (int i = 0; i < 2; ++i) {  // in each 128 bits: the partial sums of four vectors
        const __m512* v = vectors + 4 * i;
        const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(v[0], v[1]), _mm512_unpackhi_ps(v[0], v[1]));
        const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(v[2], v[3]), _mm512_unpackhi_ps(v[2], v[3]));
        quads[i] = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
    }
    const __m512 halves = _mm512_add_ps(
        _mm512_shuffle_f32x4(quads[0], quads[1], 0x44), _mm512_shuffle_f32x4(quads[0], quads[1], 0xee));
    const __m512 whole = _mm512_add_ps(
        _mm512_shuffle_f32x4(halves, halves, 0x08), _mm512_shuffle_f32x4(halves, halves, 0x0d));
    _mm256_storeu_ps(sums, _mm512_castps512_ps256(whole));
#else
    for (int i = 0; i < kCount; ++i) {
        sums[i] = V::sum_of(vectors[i]);
    }
#endif
}

// Two vectors of cells from 2 * kLanes columns of a row; of pairs, from two rows, the second `stride` behind the first, or
// zeros where it is negative. Pairs come in an order of their own: see place_of.
template <class V, class E>
inline void two_columns(const E* row, [[maybe_unused]] ptrdiff_t stride, typename V::Cells& low, typename V::Cells& high) {
    if constexpr (V::kPair == 1) {
        low = V::load(row);
        high = V::load(row + V::kLanes);
    } else {
#if defined(__AVX512BF16__)
        const __m512i x = _mm512_loadu_si512(row);
        const __m512i y = stride < 0 ? _mm512_setzero_si512() : _mm512_loadu_si512(row + stride);
        low = reinterpret_cast<__m512bh>(_mm512_unpacklo_epi16(x, y));
        high = reinterpret_cast<__m512bh>(_mm512_unpackhi_epi16(x, y));
#endif
    }
}

// Where a column's sums are among those of outer.
template <class V>
inline int64_t place_of(int64_t column) {
    if constexpr (V::kPair == 1) {
        return column;
    } else {  // of 32: columns 0-3 of each 8 in the first vector, 4-7 in the second
        return column / 32 * 32 + column % 8 / 4 * 16 + column % 32 / 8 * 4 + column % 4;
    }
}

}  // namespace
}  // namespace packtrain
