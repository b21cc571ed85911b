// Vectors of 8 fp32 numbers. See vector_avx512.h for what the names mean.
#pragma once

#include <immintrin.h>

#include "attention.h"

namespace packtrain {
namespace {  // each variant is compiled for its own instruction set: nothing here may be shared between them

struct Avx2Fma {
    using Vec = __m256;
    using Mask = __m256;
    using Ints = __m256i;
    using Cell = float;
    using Cells = __m256;
    static constexpr int kLanes = 8, kRows = 6, kVecs = 2, kPair = 1, kExpDegree = 5;
    static constexpr bool kScales = false, kMatrix = false;
    static constexpr int kGranule = 16, kDepth = 16;
    struct Registers {};

    static Vec zero() { return _mm256_setzero_ps(); }
    static Vec all(float x) { return _mm256_set1_ps(x); }
    static Vec load(const float* p) { return _mm256_loadu_ps(p); }
    static void store(float* p, Vec x) { _mm256_storeu_ps(p, x); }
    static Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
    static Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
    static Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
    static Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
    static Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
    // x * 2^n, where n stands in the low bits of `shifted`.
    static Vec times_power_of_two(Vec x, Vec shifted) {
        const __m256i power = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
        return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), power));
    }
    static float max_of(Vec x) {
        const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
        const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
    }
    static float sum_of(Vec x) {
        const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
        const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }

    static Vec load(const Bf16* p) {
        const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
    }
    static void store(Bf16* p, Vec x) {
        const __m256i bits = _mm256_castps_si256(x);
        const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
        const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
        const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
        const __m256i chosen = _mm256_blendv_epi8(rounded, _mm256_set1_epi32(0x7fc00000), nan);
        const __m256i halves = _mm256_srli_epi32(chosen, 16);
        const __m128i packed =
            _mm_packus_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), packed);
    }

    static Mask mask(uint32_t bits) {
        const __m256i lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        const __m256i wide = _mm256_set1_epi32(static_cast<int>(bits));
        return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(wide, lanes), lanes));
    }
    static Vec select(Mask m, Vec yes, Vec no) { return _mm256_blendv_ps(no, yes, m); }
    static Ints load_ints(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
    static Ints all_ints(int x) { return _mm256_set1_epi32(x); }
    static Ints count_from(int x) {
        return _mm256_add_epi32(_mm256_set1_epi32(x), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }
    static uint32_t greater(Ints a, Ints b) {
        return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b))));
    }
    static uint32_t inside(Ints start, Ints x, Ints end) { return greater(end, x) & ~greater(start, x); }

    static Cells load_cells(const Cell* p) { return load(p); }
    static Cells broadcast(const Cell* p) { return _mm256_broadcast_ss(p); }
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
        Vec x[8], y[8];
        for (int i = 0; i < 4; ++i) {  // pairs of rows: (0, 1), (2, 3), ...
            const Vec a = load(from + 2 * i * stride), b = load(from + (2 * i + 1) * stride);
            x[2 * i] = _mm256_unpacklo_ps(a, b);
            x[2 * i + 1] = _mm256_unpackhi_ps(a, b);
        }
        for (int i = 0; i < 8; i += 4) {  // quadruples; y[i + k] holds columns k and k + 4
            y[i] = _mm256_shuffle_ps(x[i], x[i + 2], 0x44);
            y[i + 1] = _mm256_shuffle_ps(x[i], x[i + 2], 0xee);
            y[i + 2] = _mm256_shuffle_ps(x[i + 1], x[i + 3], 0x44);
            y[i + 3] = _mm256_shuffle_ps(x[i + 1], x[i + 3], 0xee);
        }
        for (int k = 0; k < 4; ++k) {
            store(to + k * to_stride, _mm256_permute2f128_ps(y[k], y[k + 4], 0x20));
            store(to + (k + 4) * to_stride, _mm256_permute2f128_ps(y[k], y[k + 4], 0x31));
        }
    }
};

}  // namespace
}  // namespace packtrain
