// Vectors of 4 fp32 numbers, which every x86-64 CPU has (SSE2). See vector_avx512.h for what the names mean.
#pragma once

#include <emmintrin.h>

#include "attention.h"

namespace packtrain {
namespace {  // each variant is compiled for its own instruction set: nothing here may be shared between them

struct Portable {
    using Vec = __m128;
    using Mask = __m128;
    using Ints = __m128i;
    using Cell = float;
    using Cells = __m128;
    static constexpr int kLanes = 4, kRows = 4, kVecs = 2, kPair = 1, kExpDegree = 5;
    static constexpr bool kScales = false, kMatrix = false;
    static constexpr int kGranule = 16, kDepth = 16;
    struct Registers {};

    static Vec zero() { return _mm_setzero_ps(); }
    static Vec all(float x) { return _mm_set1_ps(x); }
    static Vec load(const float* p) { return _mm_loadu_ps(p); }
    static void store(float* p, Vec x) { _mm_storeu_ps(p, x); }
    static Vec add(Vec a, Vec b) { return _mm_add_ps(a, b); }
    static Vec sub(Vec a, Vec b) { return _mm_sub_ps(a, b); }
    static Vec mul(Vec a, Vec b) { return _mm_mul_ps(a, b); }
    static Vec max(Vec a, Vec b) { return _mm_max_ps(a, b); }
    static Vec fma(Vec a, Vec b, Vec c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
    // x * 2^n, where n stands in the low bits of `shifted`.
    static Vec times_power_of_two(Vec x, Vec shifted) {
        const __m128i power = _mm_slli_epi32(_mm_castps_si128(shifted), 23);
        return _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(x), power));
    }
    static float max_of(Vec x) {
        const Vec two = _mm_max_ps(x, _mm_movehl_ps(x, x));
        return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
    }
    static float sum_of(Vec x) {
        const Vec two = _mm_add_ps(x, _mm_movehl_ps(x, x));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
    }

    static Vec load(const Bf16* p) {
        const __m128i halves = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
        return _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), halves));
    }
    static void store(Bf16* p, Vec x) {
        const __m128i bits = _mm_castps_si128(x);
        const __m128i odd = _mm_and_si128(_mm_srli_epi32(bits, 16), _mm_set1_epi32(1));
        const __m128i rounded = _mm_add_epi32(bits, _mm_add_epi32(odd, _mm_set1_epi32(0x7fff)));
        const __m128i nan = _mm_castps_si128(_mm_cmpunord_ps(x, x));
        const __m128i quiet = _mm_set1_epi32(0x7fc00000);
        const __m128i chosen = _mm_or_si128(_mm_and_si128(nan, quiet), _mm_andnot_si128(nan, rounded));
        const __m128i halves = _mm_srai_epi32(chosen, 16);
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi32(halves, halves));
    }

    static Mask mask(uint32_t bits) {
        const __m128i lanes = _mm_setr_epi32(1, 2, 4, 8);
        return _mm_castsi128_ps(_mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32(static_cast<int>(bits)), lanes), lanes));
    }
    static Vec select(Mask m, Vec yes, Vec no) { return _mm_or_ps(_mm_and_ps(m, yes), _mm_andnot_ps(m, no)); }
    static Ints load_ints(const int32_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
    static Ints all_ints(int x) { return _mm_set1_epi32(x); }
    static Ints count_from(int x) { return _mm_add_epi32(_mm_set1_epi32(x), _mm_setr_epi32(0, 1, 2, 3)); }
    static uint32_t greater(Ints a, Ints b) {
        return static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpgt_epi32(a, b))));
    }
    static uint32_t inside(Ints start, Ints x, Ints end) { return greater(end, x) & ~greater(start, x); }

    static Cells load_cells(const Cell* p) { return load(p); }
    static Cells broadcast(const Cell* p) { return _mm_set1_ps(*p); }
    static Vec dot(Cells a, Cells b, Vec sum) { return fma(a, b, sum); }
    static void store_cells(Cell* row, int column, Vec x) { store(row + column, x); }
    static void store_cells(Cell* row, int column, Vec x, Vec y) {
        store(row + column, x);
        store(row + column + kLanes, y);
    }
    static void store_two_rows(Cell* tile, int row, int column, Vec x, Vec y) {
        store(tile + row * kTileKeys + column, x);
        store(tile + (row + 1) * kTileKeys + column, y);
    }
    static void transpose(const float* from, ptrdiff_t stride, float* to, ptrdiff_t to_stride, int) {
        Vec a = load(from), b = load(from + stride), c = load(from + 2 * stride), d = load(from + 3 * stride);
        _MM_TRANSPOSE4_PS(a, b, c, d);
        store(to, a);
        store(to + to_stride, b);
        store(to + 2 * to_stride, c);
        store(to + 3 * to_stride, d);
    }
};

}  // namespace
}  // namespace packtrain
