// 512-bit vectors whose matrix products take pairs of bf16 numbers and add in fp32 (VDPBF16PS).
//
// VDPBF16PS takes subnormal numbers as zero and rounds to nearest, whatever the control register says.
#pragma once

#include "vector_avx512.h"

namespace packtrain {
namespace {

struct Avx512Bf16 : Avx512 {
    using Cell = uint32_t;
    using Cells = __m512bh;
    static constexpr int kPair = 2;
    static constexpr int kExpDegree = 3;  // error 1e-4, where rounding to bf16 has 2e-3

    using Avx512::store;
    static void store(Bf16* p, Vec x) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
    }

    static Cells load_cells(const Cell* p) { return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p)); }
    static Cells broadcast(const Cell* p) {
        int pair;
        __builtin_memcpy(&pair, p, sizeof pair);
        return reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
    }
    static Vec dot(Cells a, Cells b, Vec sum) { return _mm512_dpbf16_ps(sum, a, b); }
    static void store_cells(Cell* row, int column, Vec x) { store(reinterpret_cast<Bf16*>(row) + column, x); }
    static void store_cells(Cell* row, int column, Vec x, Vec y) {
        _mm512_storeu_si512(row + column / 2, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(y, x)));
    }

    static __m512i interleave(__m512i two_rows) {
        const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                               21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
        return _mm512_permutexvar_epi16(order, two_rows);
    }
    static void store_two_rows(Cell* tile, int row, int column, Vec x, Vec y) {
        const __m512i pair = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(y, x));
        _mm512_storeu_si512(tile + row / 2 * kTileKeys + column, interleave(pair));
    }
    // 16 numbers of two rows as 16 cells.
    static void pair_rows(const Bf16* x, const Bf16* y, Cell* to) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(y));
        _mm512_storeu_si512(to, interleave(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1)));
    }
};

}  // namespace
}  // namespace packtrain
