// FlashMask, backward, second pass: dV = Pᵀ dO and dK = scale (P ∘ (dO Vᵀ - δ))ᵀ Q, summed over the query heads of a group.
//
// A block owns 64 keys of one key/value head, a warp 16 of them. Scores are computed transposed, K Qᵀ, so that Pᵀ and dSᵀ come
// out of the tensor cores where the next products read their first factor: they never go through shared memory.
#pragma once

#include "backward_query.h"

namespace packtrain {

// Where a step lies: steps go over the heads of a group, inside over the tiles, inside over the parts of a tile.
struct QueryStep {
    int head;
    int tile;
    int row0;
};

template <int D>
PACKTRAIN_DEVICE QueryStep query_step(const FlashMaskArgs& args, int key_block, int group, int step) {
    constexpr int kSteps = kRowBlock / FlashMaskShape<D>::kStep;
    const int first = args.key_starts[key_block];
    const int num_tiles = args.key_starts[key_block + 1] - first;
    const int index = step / kSteps;
    const int tile = args.key_tiles[first + index % num_tiles];
    return QueryStep{group * args.heads_per_group + index / num_tiles, tile,
                     (tile >> 1) * kRowBlock + step % kSteps * FlashMaskShape<D>::kStep};
}

// 4 kCount bytes of a row statistic, which is padded to whole blocks.
template <int kCount>
PACKTRAIN_DEVICE void load_statistic(uint32_t shared, const float* x, int first_thread) {
    const int i = thread_index() - first_thread;
    if (0 <= i && i < kCount / 4) {
        copy_async_16(shared + i * 16, x + i * 4, true);
    }
}

template <int D>
PACKTRAIN_DEVICE void load_query_step(const FlashMaskArgs& args, const QueryStep& step, uint32_t shared) {
    constexpr int kStep = FlashMaskShape<D>::kStep;
    Tile<D>::template load<kStep>(shared, args.q, step.head, step.row0, args.num_rows);
    Tile<D>::template load<kStep>(shared + kStep * D * 2, args.grad_o, step.head, step.row0, args.num_rows);
    const int64_t row = static_cast<int64_t>(step.head) * args.padded_rows + step.row0;
    const uint32_t statistics = shared + 2 * kStep * D * 2;
    load_statistic<kStep>(statistics, args.log_sum + row, 0);
    load_statistic<kStep>(statistics + kStep * 4, args.delta + row, kThreads / 2);
    copy_async_commit();
}

// Hides what the mask hides of a step: rows are keys here, with the hidden queries of the thread's two keys.
template <int kN>
PACKTRAIN_DEVICE void hide_transposed(Accumulator<1, kN>& scores, const HiddenRows (&hidden)[2], int row0, int lane) {
#pragma unroll
    for (int n = 0; n < kN; ++n) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            if (hides(hidden[i / 2], row0 + 8 * n + 2 * (lane & 3) + i % 2)) {
                scores.c[0][n][i] = -infinity();
            }
        }
    }
}

// Scores to probabilities, and dP to dS.
template <int kN>
PACKTRAIN_DEVICE void transposed_gradients(Accumulator<1, kN>& scores, Accumulator<1, kN>& grad_p, float scale2,
                                           uint32_t statistics, int lane) {
#pragma unroll
    for (int n = 0; n < kN; ++n) {
#pragma unroll
        for (int e = 0; e < 2; ++e) {
            const uint32_t column = statistics + 4 * (8 * n + 2 * (lane & 3) + e);
            const float log_sum2 = load_shared_float(column) * kLog2E;
            const float delta = load_shared_float(column + 4 * 8 * kN);
#pragma unroll
            for (int i = e; i < 4; i += 2) {
                const float p = exp2_fast(fused_multiply_add(scores.c[0][n][i], scale2, -log_sum2));
                scores.c[0][n][i] = p;
                grad_p.c[0][n][i] = p * (grad_p.c[0][n][i] - delta);
            }
        }
    }
}

// dK without the scale and dV, over all steps of a block of keys.
template <typename Type, int D>
PACKTRAIN_DEVICE void key_gradients(const FlashMaskArgs& args, int key_block, int group, uint32_t shared,
                                    Accumulator<1, D / 8>& grad_k, Accumulator<1, D / 8>& grad_v) {
    constexpr int kStep = FlashMaskShape<D>::kStep;
    const uint32_t shared_v = shared + kKeyBlock * D * 2;
    const uint32_t buffers = shared_v + kKeyBlock * D * 2;
    const int lane = thread_index() % 32;
    const int warp_key = thread_index() / 32 * 16;
    const int key0 = key_block * kKeyBlock;
    const int num_tiles = args.key_starts[key_block + 1] - args.key_starts[key_block];
    const int num_steps = num_tiles * (kRowBlock / kStep) * args.heads_per_group;
    if (num_steps == 0) {
        return;
    }
    const HiddenRows hidden[2] = {load_hidden(args.hidden, key0 + warp_key + (lane >> 2)),
                                  load_hidden(args.hidden, key0 + warp_key + 8 + (lane >> 2))};
    Tile<D>::template load<kKeyBlock>(shared, args.k, group, key0, args.num_keys);
    Tile<D>::template load<kKeyBlock>(shared_v, args.v, group, key0, args.num_keys);
    QueryStep next = query_step<D>(args, key_block, group, 0);
    load_query_step<D>(args, next, buffers);
    for (int i = 0; i < num_steps; ++i) {
        const QueryStep step = next;
        const uint32_t shared_q = buffers + (i & 1) * FlashMaskShape<D>::kQueryStepBytes;
        copy_async_wait_all();
        block_barrier();  // This step is here, and everybody is done with the other half of the buffers.
        if (i + 1 < num_steps) {
            next = query_step<D>(args, key_block, group, i + 1);
            load_query_step<D>(args, next, buffers + ((i + 1) & 1) * FlashMaskShape<D>::kQueryStepBytes);
        }
        const uint32_t shared_grad_o = shared_q + kStep * D * 2;
        Accumulator<1, kStep / 8> scores;
        Accumulator<1, kStep / 8> grad_p;
        multiply_rows<Type, D>(scores, shared, warp_key, shared_q, lane);
        multiply_rows<Type, D>(grad_p, shared_v, warp_key, shared_grad_o, lane);
        if ((step.tile & 1) != 0) {
            hide_transposed(scores, hidden, step.row0, lane);
        }
        transposed_gradients(scores, grad_p, args.scale * kLog2E, shared_grad_o + kStep * D * 2, lane);
        accumulate<Type, D>(grad_v, round<Type>(scores), shared_grad_o, lane);
        accumulate<Type, D>(grad_k, round<Type>(grad_p), shared_q, lane);
    }
}

template <typename Type, int D>
PACKTRAIN_DEVICE void backward_key(const FlashMaskArgs& args) {
    const uint32_t shared = shared_base();
    const int key_block = args.key_order[block_index_x()];
    const int group = block_index_y();
    const int lane = thread_index() % 32;
    const int warp_key = thread_index() / 32 * 16;
    Accumulator<1, D / 8> grad_k;
    Accumulator<1, D / 8> grad_v;
    grad_k.clear();
    grad_v.clear();
    key_gradients<Type, D>(args, key_block, group, shared, grad_k, grad_v);
#pragma unroll
    for (int i = 0; i < (D / 8) * 4; ++i) {
        grad_k.c[0][i / 4][i % 4] *= args.scale;
    }
    // The warp's own keys and values in shared memory are read by nobody else and by itself no more.
    warp_barrier();
    const int key0 = key_block * kKeyBlock + warp_key;
    store_rows<Type, D>(args.grad_k, group, key0, args.num_keys, grad_k, shared, warp_key, lane);
    store_rows<Type, D>(args.grad_v, group, key0, args.num_keys, grad_v, shared + kKeyBlock * D * 2, warp_key, lane);
}

}  // namespace packtrain
