// FlashMask, forward: O = softmax(scale Q Kᵀ + mask) V and the log-sum-exp of each row.
//
// FlashAttention-2 (Dao 2023, arXiv 2307.08691), algorithm 1, over the tiles of a list instead of all (FlashMask, Wang et al.
// 2024, arXiv 2410.01359). A block owns 128 queries of one head, a warp 32 of them (half as many where D > 128); keys come
// in tiles of 64. The copy of V runs behind Q Kᵀ and the next copy of K behind P V.
#pragma once

#include "tiles.h"

namespace packtrain {

// Maximum and sum of the exponentials of the rows of a thread, row 16 m + 8 h + lane / 4. The sum is of the thread's own
// columns until the end.
template <int kM>
struct RowState {
    float maximum[kM][2];
    float sum[kM][2];
};

// Hides what the mask hides of a tile: scores become -inf.
template <int kM, int kN>
PACKTRAIN_DEVICE void hide(Accumulator<kM, kN>& scores, const HiddenRows* hidden, int key0, int row0, int lane) {
#pragma unroll
    for (int n = 0; n < kN; ++n) {
#pragma unroll
        for (int e = 0; e < 2; ++e) {
            const HiddenRows rows = load_hidden(hidden, key0 + 8 * n + 2 * (lane & 3) + e);
#pragma unroll
            for (int i = 0; i < 2 * kM; ++i) {
                if (hides(rows, row0 + 8 * i + (lane >> 2))) {
                    scores.c[i / 2][n][2 * (i % 2) + e] = -infinity();
                }
            }
        }
    }
}

// One row of scores to exponentials relative to the new maximum; returns what older sums and outputs are to be multiplied by.
template <int kN>
PACKTRAIN_DEVICE float exponentiate(float (&c)[kN][4], int h, float scale2, float& row_maximum, float& sum) {
    float highest = row_maximum;
#pragma unroll
    for (int n = 0; n < kN; ++n) {
        highest = maximum(highest, maximum(c[n][2 * h], c[n][2 * h + 1]));
    }
    highest = maximum(highest, shuffle_xor(highest, 1));
    highest = maximum(highest, shuffle_xor(highest, 2));
    // A row that has seen no key yet keeps exponentials of 0: -inf - 0.
    const float base = highest == -infinity() ? 0.0f : highest * scale2;
    const float correction = exp2_fast(fused_multiply_add(row_maximum, scale2, -base));
    float added = 0.0f;
#pragma unroll
    for (int n = 0; n < kN; ++n) {
#pragma unroll
        for (int e = 0; e < 2; ++e) {
            c[n][2 * h + e] = exp2_fast(fused_multiply_add(c[n][2 * h + e], scale2, -base));
            added += c[n][2 * h + e];
        }
    }
    row_maximum = highest;
    sum = sum * correction + added;
    return correction;
}

template <int kM, int kN, int D>
PACKTRAIN_DEVICE void online_softmax(Accumulator<kM, kN>& scores, Accumulator<kM, D / 8>& o, RowState<kM>& state,
                                     float scale2) {
#pragma unroll
    for (int m = 0; m < kM; ++m) {
#pragma unroll
        for (int h = 0; h < 2; ++h) {
            const float correction = exponentiate(scores.c[m], h, scale2, state.maximum[m][h], state.sum[m][h]);
#pragma unroll
            for (int n = 0; n < D / 8; ++n) {
                o.c[m][n][2 * h] *= correction;
                o.c[m][n][2 * h + 1] *= correction;
            }
        }
    }
}

// Divides the outputs by the sums and writes the log-sum-exp. Rows that see no key: output 0, log-sum-exp +inf, which makes
// their probabilities 0 in the backward pass.
template <int kM, int D>
PACKTRAIN_DEVICE void finish_rows(Accumulator<kM, D / 8>& o, const RowState<kM>& state, float scale, float* log_sum,
                                  int num_rows, int row0, int lane) {
#pragma unroll
    for (int m = 0; m < kM; ++m) {
#pragma unroll
        for (int h = 0; h < 2; ++h) {
            const int row = row0 + 16 * m + 8 * h + (lane >> 2);
            float sum = state.sum[m][h];
            sum += shuffle_xor(sum, 1);
            sum += shuffle_xor(sum, 2);
            const bool empty = sum == 0.0f || row >= num_rows;
            const float factor = empty ? 0.0f : 1.0f / sum;
            if ((lane & 3) == 0) {
                log_sum[row] = empty ? infinity() : state.maximum[m][h] * scale + natural_logarithm(sum);
            }
#pragma unroll
            for (int n = 0; n < D / 8; ++n) {
                o.c[m][n][2 * h] *= factor;
                o.c[m][n][2 * h + 1] *= factor;
            }
        }
    }
}

// Where the queries of a block of threads begin: a block of rows, or a part of one.
template <int D>
struct OwnRows {
    int row_block;
    int row0;

    PACKTRAIN_DEVICE static OwnRows of(const FlashMaskArgs& args) {
        constexpr int kParts = FlashMaskShape<D>::kParts;
        const int row_block = args.row_order[block_index_x() / kParts];
        return OwnRows{row_block, row_block * kRowBlock + block_index_x() % kParts * FlashMaskShape<D>::kRows};
    }
};

// The tiles of a block of rows: leaves outputs not yet divided by their sums.
template <typename Type, int D, int kM>
PACKTRAIN_DEVICE void attend_tiles(const FlashMaskArgs& args, const OwnRows<D>& own, int head, uint32_t shared,
                                   Accumulator<kM, D / 8>& o, RowState<kM>& state) {
    constexpr int kRows = FlashMaskShape<D>::kRows;
    const uint32_t shared_k = shared + kRows * D * 2;
    const uint32_t shared_v = shared_k + kKeyBlock * D * 2;
    const int group = head / args.heads_per_group;
    const int end = args.row_starts[own.row_block + 1];
    int t = args.row_starts[own.row_block];
    if (t < end) {
        const int first0 = (args.row_tiles[t] >> 1) * kKeyBlock;
        Tile<D>::template load<kRows>(shared, args.q, head, own.row0, args.num_rows, args.head_dim);
        Tile<D>::template load<kKeyBlock>(shared_k, args.k, group, first0, args.num_keys, args.head_dim);
        copy_async_commit();
    }
    for (; t < end; ++t) {
        const int thread = recomputed(thread_index());
        const int lane = thread % 32;
        const int warp_row = thread / 32 * (16 * kM);
        const int tile = args.row_tiles[t];
        const int key0 = (tile >> 1) * kKeyBlock;
        copy_async_wait_all();
        block_barrier();  // K is here, and everybody is done with the V of the tile before.
        Tile<D>::template load<kKeyBlock>(shared_v, args.v, group, key0, args.num_keys, args.head_dim);
        copy_async_commit();
        Accumulator<kM, kKeyBlock / 8> scores;
        multiply_rows<Type, D>(scores, shared, warp_row, shared_k, lane);
        copy_async_wait_all();
        block_barrier();  // V is here, and everybody is done with K.
        if (t + 1 < end) {
            const int next0 = (args.row_tiles[t + 1] >> 1) * kKeyBlock;
            Tile<D>::template load<kKeyBlock>(shared_k, args.k, group, next0, args.num_keys, args.head_dim);
            copy_async_commit();
        }
        if ((tile & 1) != 0 || key0 + kKeyBlock > args.num_keys) {
            hide(scores, args.hidden, key0, own.row0 + warp_row, lane);
        }
        online_softmax<kM, kKeyBlock / 8, D>(scores, o, state, args.scale * kLog2E);
        accumulate<Type, D>(o, round<Type>(scores), shared_v, lane);
    }
}

template <typename Type, int D>
PACKTRAIN_DEVICE void forward(const FlashMaskArgs& args) {
    const uint32_t shared = shared_base();
    constexpr int kM = FlashMaskShape<D>::kRows / 64;
    const OwnRows<D> own = OwnRows<D>::of(args);
    const int head = block_index_y();
    const int lane = thread_index() % 32;
    const int warp_row = thread_index() / 32 * (16 * kM);
    Accumulator<kM, D / 8> o;
    o.clear();
    RowState<kM> state;
#pragma unroll
    for (int i = 0; i < 2 * kM; ++i) {
        state.maximum[i / 2][i % 2] = -infinity();
        state.sum[i / 2][i % 2] = 0.0f;
    }
    attend_tiles<Type, D>(args, own, head, shared, o, state);
    const int row0 = own.row0 + warp_row;
    finish_rows<kM, D>(o, state, args.scale, args.log_sum + static_cast<int64_t>(head) * args.padded_rows, args.num_rows,
                      row0, lane);
    // The warp's own queries in shared memory are read by nobody else and by itself no more.
    warp_barrier();
    store_rows<Type, D>(args.o, head, row0, args.num_rows, args.head_dim, o, shared, warp_row, lane);
}

}  // namespace packtrain
