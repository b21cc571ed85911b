// Tiles of 16-bit elements in shared memory, and the products of a warp on them.
//
// A tile has D elements a row, without padding; 16-byte chunk c of row r lies at place c ^ swizzle(r), so that the eight rows
// that ldmatrix reads at once fall into different banks.
#pragma once

#include <warp_instructions.h>

#include "flash_mask_args.h"

namespace packtrain {

constexpr float kLog2E = 1.4426950408889634f;

// Half-open tile list of one block.
struct TileList {
    const int32_t* tiles;
    int begin;
    int end;
};

PACKTRAIN_DEVICE uint16_t* row_of(const TensorView& x, int head, int row) {
    return x.data + static_cast<int64_t>(head) * x.head_stride + static_cast<int64_t>(row) * x.row_stride;
}

template <int D>
struct Tile {
    static_assert(D % 64 == 0 || D == 32 || D == 96, "head dims whose tiles are read without bank conflicts");
    static constexpr int kChunks = D / 8;
    static constexpr int kRowBytes = D * 2;

    PACKTRAIN_DEVICE static uint32_t offset(int row, int chunk) {
        const int swizzle = kChunks % 8 == 0 ? row & 7 : (row >> 1) & 3;
        return static_cast<uint32_t>(row * kRowBytes + ((chunk ^ swizzle) << 4));
    }

    // Rows [row0, row0 + kRows) of one head of head_dim numbers into shared memory; rows from limit on and what D has more become
    // zeros. By the whole block.
    template <int kRows>
    PACKTRAIN_DEVICE static void load(uint32_t shared, const TensorView& x, int head, int row0, int limit, int head_dim) {
        static_assert(kRows * kChunks % kThreads == 0, "every thread copies the same number of chunks");
        const unsigned thread = static_cast<unsigned>(recomputed(thread_index()));
        head = recomputed(head);
#pragma unroll
        for (int i = 0; i < kRows * kChunks / kThreads; ++i) {
            const unsigned index = i * kThreads + thread;
            const int row = static_cast<int>(index / kChunks);
            const int chunk = static_cast<int>(index % kChunks);
            const bool valid = row0 + row < limit && chunk * 8 < head_dim;
            // Nothing is read where nothing is valid, but the address has to be one.
            const uint16_t* from = row_of(x, head, valid ? row0 + row : 0) + (valid ? chunk * 8 : 0);
            copy_async_16(shared + offset(row, chunk), from, valid);
        }
    }

    // Rows [row0, row0 + 16) × 16 columns from column 16 k on, as the first factor of a product.
    PACKTRAIN_DEVICE static void first_factor(uint32_t (&a)[4], uint32_t shared, int row0, int k, int lane) {
        load_matrices(a, shared + offset(row0 + (lane & 15), 2 * k + (lane >> 4)));
    }

    // The transpose of rows [row0, row0 + 16) × 16 columns from 16 k on, as two second factors.
    PACKTRAIN_DEVICE static void second_factor_of_rows(uint32_t (&b)[4], uint32_t shared, int row0, int k, int lane) {
        load_matrices(b, shared + offset(row0 + (lane & 7) + ((lane >> 4) << 3), 2 * k + ((lane >> 3) & 1)));
    }

    // Rows [row0, row0 + 16) × 16 columns from 16 n on, as two second factors.
    PACKTRAIN_DEVICE static void second_factor(uint32_t (&b)[4], uint32_t shared, int row0, int n, int lane) {
        load_matrices_transposed(b, shared + offset(row0 + (lane & 15), 2 * n + (lane >> 4)));
    }
};

// Accumulators of a warp: 16 kM rows × 8 kN columns. Thread "lane" holds, in c[m][n][2 h + e], row 16 m + 8 h + lane / 4 and
// column 8 n + 2 (lane % 4) + e.
template <int kM, int kN>
struct Accumulator {
    float c[kM][kN][4];

    PACKTRAIN_DEVICE void clear() {
#pragma unroll
        for (int m = 0; m < kM; ++m) {
#pragma unroll
            for (int n = 0; n < kN; ++n) {
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    c[m][n][i] = 0.0f;
                }
            }
        }
    }
};

// An accumulator rounded to 16 bits, as first factors of the next product: it never leaves the registers.
template <int kM, int kK>
struct Factors {
    uint32_t a[kM][kK][4];
};

template <typename Type, int kM, int kN>
PACKTRAIN_DEVICE Factors<kM, kN / 2> round(const Accumulator<kM, kN>& x) {
    Factors<kM, kN / 2> y;
#pragma unroll
    for (int m = 0; m < kM; ++m) {
#pragma unroll
        for (int k = 0; k < kN / 2; ++k) {
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const float* pair = &x.c[m][2 * k + i / 2][2 * (i % 2)];
                y.a[m][k][i] = pack(pair[0], pair[1], Type());
            }
        }
    }
    return y;
}

// c = X Yᵀ over D: rows [row0, row0 + 16 kM) of tile X, rows [0, 8 kN) of tile Y.
template <typename Type, int D, int kM, int kN>
PACKTRAIN_DEVICE void multiply_rows(Accumulator<kM, kN>& c, uint32_t x, int row0, uint32_t y, int lane) {
    lane = recomputed(lane);
    c.clear();
    // Not unrolled further: the fragments that would be loaded ahead do not fit into the registers.
#pragma unroll 2
    for (int k = 0; k < D / 16; ++k) {
        uint32_t a[kM][4];
#pragma unroll
        for (int m = 0; m < kM; ++m) {
            Tile<D>::first_factor(a[m], x, row0 + 16 * m, k, lane);
        }
#pragma unroll
        for (int n = 0; n < kN / 2; ++n) {
            uint32_t b[4];
            Tile<D>::second_factor_of_rows(b, y, 16 * n, k, lane);
#pragma unroll
            for (int m = 0; m < kM; ++m) {
                multiply_add(c.c[m][2 * n], a[m], b[0], b[1], Type());
                multiply_add(c.c[m][2 * n + 1], a[m], b[2], b[3], Type());
            }
        }
    }
}

// c += P Y: P from registers, rows [0, 16 kK) of tile Y.
template <typename Type, int D, int kM, int kK>
PACKTRAIN_DEVICE void accumulate(Accumulator<kM, D / 8>& c, const Factors<kM, kK>& p, uint32_t y, int lane) {
    lane = recomputed(lane);
#pragma unroll
    for (int k = 0; k < kK; ++k) {
#pragma unroll
        for (int n = 0; n < D / 16; ++n) {
            uint32_t b[4];
            Tile<D>::second_factor(b, y, 16 * k, n, lane);
#pragma unroll
            for (int m = 0; m < kM; ++m) {
                multiply_add(c.c[m][2 * n], p.a[m][k], b[0], b[1], Type());
                multiply_add(c.c[m][2 * n + 1], p.a[m][k], b[2], b[3], Type());
            }
        }
    }
}

// Rounds an accumulator and writes it to rows [row0, row0 + 16 kM) of one head of head_dim numbers, those below limit. Goes through
// the shared memory of rows of a tile that nobody reads any more, so that each store has 16 bytes.
template <typename Type, int D, int kM>
PACKTRAIN_DEVICE void store_rows(const TensorView& out, int head, int row0, int limit, int head_dim,
                                 const Accumulator<kM, D / 8>& x, uint32_t shared, int shared_row0, int lane) {
#pragma unroll
    for (int m = 0; m < kM; ++m) {
#pragma unroll
        for (int n = 0; n < D / 8; ++n) {
#pragma unroll
            for (int h = 0; h < 2; ++h) {
                const int row = shared_row0 + 16 * m + 8 * h + (lane >> 2);
                store_shared_4(shared + Tile<D>::offset(row, n) + 4 * (lane & 3),
                               pack(x.c[m][n][2 * h], x.c[m][n][2 * h + 1], Type()));
            }
        }
    }
    warp_barrier();
#pragma unroll
    for (int i = 0; i < kM * D / 16; ++i) {
        const int index = i * 32 + lane;
        const int row = index / Tile<D>::kChunks;
        const int chunk = index % Tile<D>::kChunks;
        if (row0 + row < limit && chunk * 8 < head_dim) {
            store_global_16(row_of(out, head, row0 + row) + chunk * 8,
                            load_shared_16(shared + Tile<D>::offset(shared_row0 + row, chunk)));
        }
    }
}

PACKTRAIN_DEVICE HiddenRows load_hidden(const HiddenRows* hidden, int key) {
    const Words4 x = load_global_16(hidden + key);
    return HiddenRows{static_cast<int32_t>(x.w[0]), static_cast<int32_t>(x.w[1]), static_cast<int32_t>(x.w[2]),
                      static_cast<int32_t>(x.w[3])};
}

PACKTRAIN_DEVICE bool hides(const HiddenRows& hidden, int row) {
    return (hidden.lower_begin <= row && row < hidden.lower_end) || (hidden.upper_begin <= row && row < hidden.upper_end);
}

}  // namespace packtrain
