// Vectors of 16 fp32 numbers, and what the tiled kernels ask of an instruction set.
//
// A cell is what one multiply-add takes from an operand: one fp32 number, or a pair of bf16 numbers where the CPU has dot
// products of pairs. kRows x kVecs accumulators are the register block of a matrix product.
#pragma once

#include <immintrin.h>

#include "attention.h"

namespace packtrain {
namespace {  // each variant is compiled for its own instruction set: nothing here may be shared between them

struct Avx512 {
    using Vec = __m512;
    using Mask = __mmask16;
    using Ints = __m512i;
    using Cell = float;
    using Cells = __m512;
    static constexpr int kLanes = 16, kRows = 6, kVecs = 4;
    static constexpr int kPair = 1;       // numbers in a cell
    static constexpr int kExpDegree = 5;  // of the polynomial for 2^x
    static constexpr bool kScales = true;  // there are instructions for fractions and powers of two
    static constexpr int kGranule = 16;    // keys: what is not visible at the ends of a row group is left out in such steps
    static constexpr int kDepth = 16;      // head_dim is rounded up to a multiple of it where products run over it
    static constexpr bool kMatrix = false;  // products of whole matrices: see vector_amx.h
    struct Registers {};                    // what a task has to prepare for its products

    static Vec zero() { return _mm512_setzero_ps(); }
    static Vec all(float x) { return _mm512_set1_ps(x); }
    static Vec load(const float* p) { return _mm512_loadu_ps(p); }
    static void store(float* p, Vec x) { _mm512_storeu_ps(p, x); }
    static Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
    static Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
    static Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
    static Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }  // b where one is NaN
    static Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
    static Vec fraction(Vec x) { return _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF); }  // x - floor(x)
    static Vec times_power_of_two(Vec x, Vec n) { return _mm512_scalef_ps(x, n); }      // x * 2^floor(n)
    static float max_of(Vec x) { return _mm512_reduce_max_ps(x); }
    static float sum_of(Vec x) { return _mm512_reduce_add_ps(x); }

    static Vec load(const Bf16* p) {
        const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
    }
    // To nearest even; NaN as 0x7fc0.
    static void store(Bf16* p, Vec x) {
        const __m512i bits = _mm512_castps_si512(x);
        const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
        const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
        const __m512i chosen = _mm512_mask_mov_epi32(rounded, nan, _mm512_set1_epi32(0x7fc00000));
        const __m256i halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32(chosen, 16));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), halves);
    }

    static Mask mask(uint32_t bits) { return static_cast<__mmask16>(bits); }
    static Vec select(Mask m, Vec yes, Vec no) { return _mm512_mask_mov_ps(no, m, yes); }
    static Ints load_ints(const int32_t* p) { return _mm512_loadu_si512(p); }
    static Ints all_ints(int x) { return _mm512_set1_epi32(x); }
    static Ints count_from(int x) {
        const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        return _mm512_add_epi32(_mm512_set1_epi32(x), lanes);
    }
    static uint32_t greater(Ints a, Ints b) { return _mm512_cmpgt_epi32_mask(a, b); }
    static uint32_t inside(Ints start, Ints x, Ints end) {
        return _mm512_mask_cmpgt_epi32_mask(_mm512_cmple_epi32_mask(start, x), end, x);
    }

    static Cells load_cells(const Cell* p) { return load(p); }
    static Cells broadcast(const Cell* p) { return _mm512_set1_ps(*p); }
    static Vec dot(Cells a, Cells b, Vec sum) { return fma(a, b, sum); }
    // One or two vectors of numbers into a row of cells, from number `column` on.
    static void store_cells(Cell* row, int column, Vec x) { store(row + column, x); }
    static void store_cells(Cell* row, int column, Vec x, Vec y) {
        store(row + column, x);
        store(row + column + kLanes, y);
    }
    // Rows `row` (even) and row + 1 into a tile whose cells run along its rows' direction: [kTileRows / kPair, kTileKeys].
    static void store_two_rows(Cell* tile, int row, int column, Vec x, Vec y) {
        store(tile + row * kTileKeys + column, x);
        store(tile + (row + 1) * kTileKeys + column, y);
    }

    // kLanes rows of `count` <= kLanes 32-bit elements become `count` rows of kLanes elements.
    static void transpose(const float* from, ptrdiff_t stride, float* to, ptrdiff_t to_stride, int count) {
        const __mmask16 wanted = static_cast<__mmask16>((1u << count) - 1);
        Vec x[16], y[16];
        for (int i = 0; i < 16; i += 2) {
            const Vec a = _mm512_maskz_loadu_ps(wanted, from + i * stride);
            const Vec b = _mm512_maskz_loadu_ps(wanted, from + (i + 1) * stride);
            x[i] = _mm512_unpacklo_ps(a, b);
            x[i + 1] = _mm512_unpackhi_ps(a, b);
        }
        for (int i = 0; i < 16; i += 4) {  // y[i + k]: rows i to i + 3 of columns k, k + 4, k + 8, k + 12
            y[i] = _mm512_shuffle_ps(x[i], x[i + 2], 0x44);
            y[i + 1] = _mm512_shuffle_ps(x[i], x[i + 2], 0xee);
            y[i + 2] = _mm512_shuffle_ps(x[i + 1], x[i + 3], 0x44);
            y[i + 3] = _mm512_shuffle_ps(x[i + 1], x[i + 3], 0xee);
        }
        for (int k = 0; k < 4; ++k) {
            const Vec a = _mm512_shuffle_f32x4(y[k], y[k + 4], 0x44), b = _mm512_shuffle_f32x4(y[k], y[k + 4], 0xee);
            const Vec c = _mm512_shuffle_f32x4(y[k + 8], y[k + 12], 0x44);
            const Vec d = _mm512_shuffle_f32x4(y[k + 8], y[k + 12], 0xee);
            const Vec columns[4] = {_mm512_shuffle_f32x4(a, c, 0x88), _mm512_shuffle_f32x4(a, c, 0xdd),
                                    _mm512_shuffle_f32x4(b, d, 0x88), _mm512_shuffle_f32x4(b, d, 0xdd)};
            for (int part = 0; part < 4; ++part) {
                if (k + 4 * part < count) {
                    store(to + (k + 4 * part) * to_stride, columns[part]);
                }
            }
        }
    }
};

}  // namespace
}  // namespace packtrain
