// 512-bit vectors beside the tile registers of AMX, whose matrix products take pairs of bf16 numbers and add in fp32 (TDPBF16PS).
//
// A tile register has 16 rows of 16 cells: fp32 numbers of C, cells of rows of A, or cells of B. TDPBF16PS takes subnormal numbers
// as zero and rounds to nearest, whatever the control register says.
#pragma once

#include "vector_avx512bf16.h"

namespace packtrain {
namespace {

struct Amx : Avx512Bf16 {
    static constexpr int kRows = 32;      // of a group: two tile registers
    static constexpr int kGranule = 32;   // keys that one step of a product over keys takes
    static constexpr int kDepth = 32;     // numbers that one step of a product over head_dim takes
    static constexpr bool kMatrix = true;

    // While one lives, its thread may use the tile registers. Unused ones need not be saved when threads take turns.
    class Registers {
    public:
        Registers() {
            alignas(64) Configuration all = {1, 0, {}, {}, {}};
            for (int i = 0; i < 8; ++i) {
                all.bytes_of_row[i] = 64;
                all.rows[i] = 16;
            }
            // GCC's _tile_loadconfig says of its operand that it reads 8 bytes.
            __asm__ volatile("" ::"r"(&all) : "memory");
            _tile_loadconfig(&all);
        }
        ~Registers() { _tile_release(); }
        Registers(const Registers&) = delete;
        Registers& operator=(const Registers&) = delete;

    private:
        struct Configuration {
            uint8_t palette, start_row, reserved[14];
            uint16_t bytes_of_row[16];
            uint8_t rows[16];
        };
        static_assert(sizeof(Configuration) == 64, "what LDTILECFG reads");
    };

    // C (16 kM x 16 kN) = A B, or C += A B, over `length` cells, a multiple of 16. Strides in cells.
    template <bool kAdd, int kM, int kN>
    static void multiply(const Cell* a, ptrdiff_t lda, const Cell* b, ptrdiff_t ldb, int length, float* c, ptrdiff_t ldc) {
        float* below = c + 16 * ldc;
        const ptrdiff_t a_bytes = lda * 4, b_bytes = ldb * 4, c_bytes = ldc * 4;
        __asm__ volatile("" ::: "memory");  // what is stored before is there: GCC's _tile_loadd does not say that it reads memory
        if constexpr (kAdd) {
            _tile_loadd(0, c, c_bytes);
            if constexpr (kN == 2) _tile_loadd(1, c + 16, c_bytes);
            if constexpr (kM == 2) _tile_loadd(2, below, c_bytes);
            if constexpr (kM == 2 && kN == 2) _tile_loadd(3, below + 16, c_bytes);
        } else {
            _tile_zero(0);
            if constexpr (kN == 2) _tile_zero(1);
            if constexpr (kM == 2) _tile_zero(2);
            if constexpr (kM == 2 && kN == 2) _tile_zero(3);
        }
        for (int k = 0; k < length; k += 16) {
            _tile_loadd(4, a + k, a_bytes);
            _tile_loadd(6, b + k * ldb, b_bytes);
            _tile_dpbf16ps(0, 4, 6);
            if constexpr (kN == 2) {
                _tile_loadd(7, b + k * ldb + 16, b_bytes);
                _tile_dpbf16ps(1, 4, 7);
            }
            if constexpr (kM == 2) {
                _tile_loadd(5, a + 16 * lda + k, a_bytes);
                _tile_dpbf16ps(2, 5, 6);
            }
            if constexpr (kM == 2 && kN == 2) _tile_dpbf16ps(3, 5, 7);
        }
        _tile_stored(0, c, c_bytes);
        if constexpr (kN == 2) _tile_stored(1, c + 16, c_bytes);
        if constexpr (kM == 2) _tile_stored(2, below, c_bytes);
        if constexpr (kM == 2 && kN == 2) _tile_stored(3, below + 16, c_bytes);
    }

    // 32 cells of pairs (x, y) as 16 cells of x and 16 cells of y, each in their order.
    static void split_pairs(const Cell* from, Cell* x, Cell* y) {
        const __m512i low = _mm512_loadu_si512(from), high = _mm512_loadu_si512(from + kLanes);
        const __m512i four_lanes = _mm512_slli_epi32(count_from(0), 2);
        const __m512i even = _mm512_or_si512(four_lanes, _mm512_slli_epi32(_mm512_add_epi32(four_lanes, all_ints(2)), 16));
        const __m512i odd = _mm512_add_epi16(even, _mm512_set1_epi16(1));
        _mm512_storeu_si512(x, _mm512_permutex2var_epi16(low, even, high));
        _mm512_storeu_si512(y, _mm512_permutex2var_epi16(low, odd, high));
    }
};

}  // namespace
}  // namespace packtrain
