// FlashMask, backward, second pass: dV = Pᵀ dO and dK = scale (P ∘ (dO Vᵀ - δ))ᵀ Q, summed over the query heads of a group.
//
// A block owns 64 keys of one key/value head, a warp 16 of them. Scores are computed transposed, K Qᵀ, so that Pᵀ and dSᵀ come
// out of the tensor cores where the next products read their first factor: they never go through shared memory. Where D > 128
// both sums of 16 keys do not fit into a warp's registers: a block owns 32 keys, and two warps own the same 16, one for dV and one
// for dK, each computing the scores.
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
    constexpr int kSteps = kRowBlock / FlashMaskShape<D>::kQueryStep;
    const int first = args.key_starts[key_block];
    const int num_tiles = args.key_starts[key_block + 1] - first;
    const int index = step / kSteps;
    const int tile = args.key_tiles[first + index % num_tiles];
    return QueryStep{group * args.heads_per_group + index / num_tiles, tile,
                     (tile >> 1) * kRowBlock + step % kSteps * FlashMaskShape<D>::kQueryStep};
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
    constexpr int kStep = FlashMaskShape<D>::kQueryStep;
    const uint32_t shared_grad_o = shared + kStep * D * 2;
    Tile<D>::template load<kStep>(shared, args.q, step.head, step.row0, args.num_rows, args.head_dim);
    Tile<D>::template load<kStep>(shared_grad_o, args.grad_o, step.head, step.row0, args.num_rows, args.head_dim);
    const int64_t row = static_cast<int64_t>(step.head) * args.padded_rows + step.row0;
    const uint32_t statistics = shared_grad_o + kStep * D * 2;
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

// Where the keys of a block of threads and of a warp begin.
template <int D>
struct OwnKeys {
    static constexpr int kPairs = FlashMaskShape<D>::kKeys / 16;

    int key_block;
    int key0;
    // Of the warp, from key0 on.
    int warp_key;

    PACKTRAIN_DEVICE static OwnKeys of(const FlashMaskArgs& args) {
        constexpr int kParts = FlashMaskShape<D>::kParts;
        const int key_block = args.key_order[block_index_x() / kParts];
        return OwnKeys{key_block, key_block * kKeyBlock + block_index_x() % kParts * FlashMaskShape<D>::kKeys,
                       thread_index() / 32 % kPairs * 16};
    }
};

// What a warp sums: dK without the scale and dV of its 16 keys.
template <typename Type, int D, bool kWide = (FlashMaskShape<D>::kParts > 1)>
struct KeySums {
    Accumulator<1, D / 8> k;
    Accumulator<1, D / 8> v;

    PACKTRAIN_DEVICE void clear() {
        k.clear();
        v.clear();
    }

    PACKTRAIN_DEVICE bool wants_grad_k() const { return true; }

    template <int kN>
    PACKTRAIN_DEVICE void add(const Accumulator<1, kN>& p, const Accumulator<1, kN>& grad_s, uint32_t shared_q,
                              uint32_t shared_grad_o, int lane) {
        accumulate<Type, D>(v, round<Type>(p), shared_grad_o, lane);
        accumulate<Type, D>(k, round<Type>(grad_s), shared_q, lane);
    }

    // Through the keys and values in shared memory, which nobody reads any more.
    PACKTRAIN_DEVICE void store(const FlashMaskArgs& args, const OwnKeys<D>& own, int group, uint32_t shared, int lane) {
#pragma unroll
        for (int i = 0; i < (D / 8) * 4; ++i) {
            k.c[0][i / 4][i % 4] *= args.scale;
        }
        // Of the keys and values, a warp reads its own only.
        warp_barrier();
        const int key0 = own.key0 + own.warp_key;
        store_rows<Type, D>(args.grad_k, group, key0, args.num_keys, args.head_dim, k, shared, own.warp_key, lane);
        store_rows<Type, D>(args.grad_v, group, key0, args.num_keys, args.head_dim, v, shared + kKeyBlock * D * 2,
                            own.warp_key, lane);
    }
};

// One of the two sums: dV by the first warps of a block, dK by the others.
template <typename Type, int D>
struct KeySums<Type, D, true> {
    Accumulator<1, D / 8> sum;
    bool of_keys;

    PACKTRAIN_DEVICE void clear() {
        sum.clear();
        of_keys = thread_index() / 32 >= OwnKeys<D>::kPairs;
    }

    PACKTRAIN_DEVICE bool wants_grad_k() const { return of_keys; }

    template <int kN>
    PACKTRAIN_DEVICE void add(Accumulator<1, kN>& p, const Accumulator<1, kN>& grad_s, uint32_t shared_q,
                              uint32_t shared_grad_o, int lane) {
#pragma unroll
        for (int i = 0; i < kN * 4; ++i) {
            p.c[0][i / 4][i % 4] = of_keys ? grad_s.c[0][i / 4][i % 4] : p.c[0][i / 4][i % 4];
        }
        accumulate<Type, D>(sum, round<Type>(p), of_keys ? shared_q : shared_grad_o, lane);
    }

    PACKTRAIN_DEVICE void store(const FlashMaskArgs& args, const OwnKeys<D>& own, int group, uint32_t shared, int lane) {
        const float factor = of_keys ? args.scale : 1.0f;
#pragma unroll
        for (int i = 0; i < (D / 8) * 4; ++i) {
            sum.c[0][i / 4][i % 4] *= factor;
        }
        block_barrier();  // Other warps read the same keys.
        const TensorView out = of_keys ? args.grad_k : args.grad_v;
        store_rows<Type, D>(out, group, own.key0 + own.warp_key, args.num_keys, args.head_dim, sum,
                            shared + (of_keys ? 0 : FlashMaskShape<D>::kKeys * D * 2), own.warp_key, lane);
    }
};

// Over all steps of a block of keys.
template <typename Type, int D>
PACKTRAIN_DEVICE void add_query_steps(const FlashMaskArgs& args, const OwnKeys<D>& own, int group, uint32_t shared,
                                      KeySums<Type, D>& sums) {
    constexpr int kKeys = FlashMaskShape<D>::kKeys;
    constexpr int kStep = FlashMaskShape<D>::kQueryStep;
    const uint32_t shared_v = shared + kKeys * D * 2;
    const uint32_t buffers = shared_v + kKeys * D * 2;
    const int lane = thread_index() % 32;
    const int num_tiles = args.key_starts[own.key_block + 1] - args.key_starts[own.key_block];
    const int num_steps = num_tiles * (kRowBlock / kStep) * args.heads_per_group;
    if (num_steps == 0) {
        return;
    }
    const HiddenRows hidden[2] = {load_hidden(args.hidden, own.key0 + own.warp_key + (lane >> 2)),
                                  load_hidden(args.hidden, own.key0 + own.warp_key + 8 + (lane >> 2))};
    Tile<D>::template load<kKeys>(shared, args.k, group, own.key0, args.num_keys, args.head_dim);
    Tile<D>::template load<kKeys>(shared_v, args.v, group, own.key0, args.num_keys, args.head_dim);
    QueryStep next = query_step<D>(args, own.key_block, group, 0);
    load_query_step<D>(args, next, buffers);
    for (int i = 0; i < num_steps; ++i) {
        const QueryStep step = next;
        const uint32_t shared_q = buffers + (i & 1) * FlashMaskShape<D>::kQueryStepBytes;
        copy_async_wait_all();
        block_barrier();  // This step is here, and everybody is done with the other half of the buffers.
        if (i + 1 < num_steps) {
            next = query_step<D>(args, own.key_block, group, i + 1);
            load_query_step<D>(args, next, buffers + ((i + 1) & 1) * FlashMaskShape<D>::kQueryStepBytes);
        }
        const uint32_t shared_grad_o = shared_q + kStep * D * 2;
        Accumulator<1, kStep / 8> scores;
        Accumulator<1, kStep / 8> grad_p;
        multiply_rows<Type, D>(scores, shared, own.warp_key, shared_q, lane);
        if (sums.wants_grad_k()) {
            multiply_rows<Type, D>(grad_p, shared_v, own.warp_key, shared_grad_o, lane);
        } else {
            grad_p.clear();
        }
        if ((step.tile & 1) != 0) {
            hide_transposed(scores, hidden, step.row0, lane);
        }
        transposed_gradients(scores, grad_p, args.scale * kLog2E, shared_grad_o + kStep * D * 2, lane);
        sums.add(scores, grad_p, shared_q, shared_grad_o, lane);
    }
}

template <typename Type, int D>
PACKTRAIN_DEVICE void backward_key(const FlashMaskArgs& args) {
    const uint32_t shared = shared_base();
    const OwnKeys<D> own = OwnKeys<D>::of(args);
    const int group = block_index_y();
    KeySums<Type, D> sums;
    sums.clear();
    add_query_steps(args, own, group, shared, sums);
    sums.store(args, own, group, shared, thread_index() % 32);
}

}  // namespace packtrain
