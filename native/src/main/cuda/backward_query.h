// FlashMask, backward, first pass: the row sums δ = rowsum(dO ∘ O), then dQ = scale (P ∘ (dO Vᵀ - δ)) K.
//
// Gradients of queries and of keys are computed in two passes, so that each number is summed by one thread in one order and equal
// calls give equal bits. The price is that Q Kᵀ and dO Vᵀ are computed twice: 7 products instead of 5.
#pragma once

#include "forward.h"

namespace packtrain {

// One row is summed by four lanes; 32 rows a block.
template <typename Type, int D>
PACKTRAIN_DEVICE void row_sums(const FlashMaskArgs& args) {
    const int row = block_index_x() * (kThreads / 4) + thread_index() / 4;
    const int head = block_index_y();
    const int part = thread_index() % 4;
    float sum = 0.0f;
    if (row < args.num_rows) {
        const uint16_t* o = row_of(args.o, head, row);
        const uint16_t* grad_o = row_of(args.grad_o, head, row);
#pragma unroll
        for (int i = 0; i < D / 32; ++i) {
            if ((4 * i + part) * 8 >= args.head_dim) {
                continue;
            }
            const Words4 x = load_global_16(o + (4 * i + part) * 8);
            const Words4 y = load_global_16(grad_o + (4 * i + part) * 8);
#pragma unroll
            for (int j = 0; j < 4; ++j) {
                float x0, x1, y0, y1;
                unpack(x.w[j], x0, x1, Type());
                unpack(y.w[j], y0, y1, Type());
                sum = fused_multiply_add(x0, y0, sum);
                sum = fused_multiply_add(x1, y1, sum);
            }
        }
    }
    sum += shuffle_xor(sum, 1);
    sum += shuffle_xor(sum, 2);
    if (part == 0) {
        args.delta[static_cast<int64_t>(head) * args.padded_rows + row] = sum;
    }
}

// dS = P ∘ (dP - δ) in place of the scores; log_sum2 in base 2.
template <int kM, int kN>
PACKTRAIN_DEVICE void score_gradients(Accumulator<kM, kN>& scores, const Accumulator<kM, kN>& grad_p, float scale2,
                                      const float (&log_sum2)[kM][2], const float (&delta)[kM][2]) {
#pragma unroll
    for (int m = 0; m < kM; ++m) {
#pragma unroll
        for (int n = 0; n < kN; ++n) {
#pragma unroll
            for (int i = 0; i < 4; ++i) {
                const float p = exp2_fast(fused_multiply_add(scores.c[m][n][i], scale2, -log_sum2[m][i / 2]));
                scores.c[m][n][i] = p * (grad_p.c[m][n][i] - delta[m][i / 2]);
            }
        }
    }
}

// Copies step "step" of the tiles of a block of rows, keys and values, into its half of the buffers.
template <int D>
PACKTRAIN_DEVICE void load_key_step(const FlashMaskArgs& args, int first_tile, int step, int group, uint32_t buffers) {
    constexpr int kStep = FlashMaskShape<D>::kKeyStep;
    constexpr int kSteps = kKeyBlock / kStep;
    const uint32_t shared = buffers + (step & 1) * (2 * kStep * D * 2);
    const int key0 = (args.row_tiles[first_tile + step / kSteps] >> 1) * kKeyBlock + step % kSteps * kStep;
    Tile<D>::template load<kStep>(shared, args.k, group, key0, args.num_keys, args.head_dim);
    Tile<D>::template load<kStep>(shared + kStep * D * 2, args.v, group, key0, args.num_keys, args.head_dim);
    copy_async_commit();
}

// dQ without the scale, over all tiles of a block of rows.
template <typename Type, int D, int kM>
PACKTRAIN_DEVICE void query_gradients(const FlashMaskArgs& args, const OwnRows<D>& own, int head, uint32_t shared,
                                      Accumulator<kM, D / 8>& grad_q, const float (&log_sum2)[kM][2],
                                      const float (&delta)[kM][2]) {
    constexpr int kRows = FlashMaskShape<D>::kRows;
    constexpr int kStep = FlashMaskShape<D>::kKeyStep;
    constexpr int kSteps = kKeyBlock / kStep;
    const uint32_t shared_grad_o = shared + kRows * D * 2;
    const uint32_t buffers = shared_grad_o + kRows * D * 2;
    const int lane = thread_index() % 32;
    const int warp_row = thread_index() / 32 * (16 * kM);
    const int group = head / args.heads_per_group;
    const int first_tile = args.row_starts[own.row_block];
    const int num_steps = (args.row_starts[own.row_block + 1] - first_tile) * kSteps;
    if (num_steps > 0) {
        Tile<D>::template load<kRows>(shared, args.q, head, own.row0, args.num_rows, args.head_dim);
        Tile<D>::template load<kRows>(shared_grad_o, args.grad_o, head, own.row0, args.num_rows, args.head_dim);
        load_key_step<D>(args, first_tile, 0, group, buffers);
    }
    for (int step = 0; step < num_steps; ++step) {
        copy_async_wait_all();
        block_barrier();  // This step is here, and everybody is done with the other half of the buffers.
        if (step + 1 < num_steps) {
            load_key_step<D>(args, first_tile, step + 1, group, buffers);
        }
        const uint32_t shared_k = buffers + (step & 1) * (2 * kStep * D * 2);
        const int tile = args.row_tiles[first_tile + step / kSteps];
        const int key0 = (tile >> 1) * kKeyBlock + step % kSteps * kStep;
        Accumulator<kM, kStep / 8> scores;
        Accumulator<kM, kStep / 8> grad_p;
        multiply_rows<Type, D>(scores, shared, warp_row, shared_k, lane);
        multiply_rows<Type, D>(grad_p, shared_grad_o, warp_row, shared_k + kStep * D * 2, lane);
        // A key that does not exist has the score 0, whose probability is infinite where all others are far below: hidden too.
        if ((tile & 1) != 0 || key0 + kStep > args.num_keys) {
            hide(scores, args.hidden, key0, own.row0 + warp_row, lane);
        }
        score_gradients(scores, grad_p, args.scale * kLog2E, log_sum2, delta);
        accumulate<Type, D>(grad_q, round<Type>(scores), shared_k, lane);
    }
}

template <typename Type, int D>
PACKTRAIN_DEVICE void backward_query(const FlashMaskArgs& args) {
    const uint32_t shared = shared_base();
    constexpr int kM = FlashMaskShape<D>::kRows / 64;
    const OwnRows<D> own = OwnRows<D>::of(args);
    const int head = block_index_y();
    const int lane = thread_index() % 32;
    const int warp_row = thread_index() / 32 * (16 * kM);
    const int row0 = own.row0 + warp_row;
    const int64_t head_rows = static_cast<int64_t>(head) * args.padded_rows;
    float log_sum2[kM][2];
    float delta[kM][2];
#pragma unroll
    for (int i = 0; i < 2 * kM; ++i) {
        const int64_t row = head_rows + row0 + 8 * i + (lane >> 2);
        log_sum2[i / 2][i % 2] = args.log_sum[row] * kLog2E;
        delta[i / 2][i % 2] = args.delta[row];
    }
    Accumulator<kM, D / 8> grad_q;
    grad_q.clear();
    query_gradients<Type, D>(args, own, head, shared, grad_q, log_sum2, delta);
#pragma unroll
    for (int i = 0; i < kM * (D / 8) * 4; ++i) {
        grad_q.c[i / (D / 2)][i / 4 % (D / 8)][i % 4] *= args.scale;
    }
    warp_barrier();
    store_rows<Type, D>(args.grad_q, head, row0, args.num_rows, args.head_dim, grad_q, shared, warp_row, lane);
}

}  // namespace packtrain
