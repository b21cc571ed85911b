// The backward pass: its memory, its tasks and what they write. attention_backward.h has the tiles.
#pragma once

#include "attention_backward.h"
#include "attention_forward_pass.h"
#include "tile_pack.h"

namespace packtrain {
namespace {

template <class V, class Io>
class BackwardPass {
public:
    BackwardPass(AttentionPlan& plan, const AttentionShape& shape, const BackwardTensors& tensors)
        : plan_(plan), shape_(shape), t_(tensors), tiles_(plan, shape), group_(shape.num_heads / shape.num_kv_heads) {
        cells_ = packed_cells<V>(shape.head_dim);
        num_chunks_ = cut_chunks(plan, shape.num_kv_heads, &partial_rows_);
    }

    bool run() {
        const int64_t kv_heads = shape_.num_kv_heads, heads = shape_.num_heads;
        const int64_t keys = kv_heads * plan_.by_key.num_lists, rows = heads * plan_.by_row.num_lists;
        if (!lay_out(keys, rows, threads_for(keys + rows, shape_.num_threads))) {
            return false;
        }
        parallel_for(keys + rows, shape_.num_threads, Share::kStatic, [this, keys](int64_t task, int thread) {
            task < keys ? pack_keys(task, scratch_[thread]) : pack_queries(task - keys, scratch_[thread]);
        });
        parallel_for(kv_heads * num_chunks_, shape_.num_threads, Share::kDynamic, [this](int64_t task, int thread) {
            chunk(static_cast<int>(task / num_chunks_), plan_.chunks[task % num_chunks_], scratch_[thread]);
        });
        parallel_for(rows, shape_.num_threads, Share::kStatic, [this](int64_t task, int) { add_dq(task); });
        return true;
    }

private:
    using Cell = typename V::Cell;
    using Vec = typename V::Vec;
    using Scratch = BackwardScratch<V>;
    static constexpr bool kCopies = V::kPair == 2;  // with fp32 cells the packed rows are copies of q and dO already
    static constexpr int kTilesWorthACopy = 4;

    bool lay_out(int64_t key_blocks, int64_t row_blocks, int threads) {
        const size_t padded_rows = static_cast<size_t>(row_blocks) * kTileRows;
        const size_t dq = static_cast<size_t>(partial_rows_) * shape_.num_heads * shape_.head_dim;
        const size_t packed = 3 * key_blocks * cells_ + (kCopies ? 4 : 2) * row_blocks * cells_;
        char* memory = plan_workspace(
            plan_, threads * sizeof(Scratch) + packed * sizeof(Cell) + (dq + padded_rows) * sizeof(float));
        if (memory == nullptr) {
            return false;
        }
        scratch_ = reinterpret_cast<Scratch*>(memory);
        k_columns_ = reinterpret_cast<Cell*>(memory + threads * sizeof(Scratch));
        v_columns_ = k_columns_ + key_blocks * cells_;
        k_rows_ = v_columns_ + key_blocks * cells_;
        q_rows_ = k_rows_ + key_blocks * cells_;
        d_o_rows_ = q_rows_ + row_blocks * cells_;
        q_copies_ = kCopies ? d_o_rows_ + row_blocks * cells_ : q_rows_;
        d_o_copies_ = kCopies ? q_copies_ + row_blocks * cells_ : d_o_rows_;
        dq_ = reinterpret_cast<float*>(d_o_copies_ + row_blocks * cells_);
        delta_ = dq_ + dq;
        return true;
    }

    static Io* row(const HeadTensor& tensor, int head, int64_t row) {
        return reinterpret_cast<Io*>(tensor.data) + row * tensor.row_stride + head * tensor.head_stride;
    }

    static int rest(int length, int block) {
        const int left = length - block * kTileRows;
        return left < kTileRows ? left : kTileRows;
    }

    // Heads one after the other, here and for the rows: what they read and write lies side by side in memory.
    void pack_keys(int64_t task, Scratch& s) {
        const int head = static_cast<int>(task % shape_.num_kv_heads);
        const int block = static_cast<int>(task / shape_.num_kv_heads);
        const int64_t at = (int64_t{head} * plan_.by_key.num_lists + block) * static_cast<int64_t>(cells_);
        const int count = rest(plan_.num_keys, block), dim = shape_.head_dim;
        const Io* k = row(t_.k, head, int64_t{block} * kTileKeys);
        const Io* v = row(t_.v, head, int64_t{block} * kTileKeys);
        pack_columns<V>(k, t_.k.row_stride, count, dim, s.spare, k_columns_ + at);
        pack_columns<V>(v, t_.v.row_stride, count, dim, s.spare, v_columns_ + at);
        pack_rows<V>(k, t_.k.row_stride, count, dim, k_rows_ + at);
    }

    void pack_queries(int64_t task, Scratch& s) {
        const int head = static_cast<int>(task % shape_.num_heads);
        const int block = static_cast<int>(task / shape_.num_heads);
        const int count = rest(plan_.num_rows, block), dim = shape_.head_dim;
        const int64_t first = int64_t{block} * kTileRows, number = int64_t{head} * plan_.by_row.num_lists + block;
        const int64_t at = number * static_cast<int64_t>(cells_);
        const Io* q = row(t_.q, head, first);
        const Io* d_o = row(t_.d_o, head, first);
        const Io* o = row(t_.o, head, first);
        if constexpr (V::kMatrix) {
            pack_turned<V>(q, t_.q.row_stride, count, dim, s.spare, q_rows_ + at);
            pack_turned<V>(d_o, t_.d_o.row_stride, count, dim, s.spare, d_o_rows_ + at);
        } else {
            pack_rows<V>(q, t_.q.row_stride, count, dim, q_rows_ + at);
            pack_rows<V>(d_o, t_.d_o.row_stride, count, dim, d_o_rows_ + at);
        }
        if constexpr (kCopies) {
            if (copied(block)) {
                copy_rows<V>(q, t_.q.row_stride, count, dim, q_copies_ + at);
                copy_rows<V>(d_o, t_.d_o.row_stride, count, dim, d_o_copies_ + at);
            }
        }
        for (int r = 0; r < count; ++r) {
            Vec sum = V::zero();
            for (int d = 0; d < dim; d += V::kLanes) {
                sum = V::fma(V::load(d_o + r * t_.d_o.row_stride + d), V::load(o + r * t_.o.row_stride + d), sum);
            }
            delta_[number * kTileRows + r] = V::sum_of(sum);
        }
    }

    // Rows that many tiles broadcast from are copied to where they lie without gaps. In a tensor [rows, heads, head_dim] the rows
    // of a head are often a power of two apart, and then they push each other out of the caches.
    bool copied(int row_block) const {
        return V::kMatrix || (kCopies && plan_.by_row.starts[row_block + 1] - plan_.by_row.starts[row_block] >= kTilesWorthACopy);
    }

    // The part of dq of a head that a chunk adds to, at its first row.
    float* part_of_dq(const KeyChunk& chunk, int head) const {
        return dq_ + (partial_rows_ * head + chunk.first_row) * shape_.head_dim;
    }

    void chunk(int kv_head, const KeyChunk& chunk, Scratch& s) {
        [[maybe_unused]] const typename V::Registers registers;
        const int dim = shape_.head_dim;
        if (chunk.begin_row_block < chunk.end_row_block) {
            const size_t rows = static_cast<size_t>(chunk.end_row_block - chunk.begin_row_block) * kTileRows;
            for (int head = kv_head * group_; head < (kv_head + 1) * group_; ++head) {
                memset(part_of_dq(chunk, head), 0, rows * dim * sizeof(float));
            }
        }
        for (int block = chunk.begin_block; block < chunk.end_block; ++block) {
            memset(s.dk, 0, static_cast<size_t>(kTileKeys) * dim * sizeof(float));
            memset(s.dv, 0, static_cast<size_t>(kTileKeys) * dim * sizeof(float));
            const int last_head = (kv_head + 1) * group_ - 1, end = plan_.by_key.starts[block + 1];
            for (int head = kv_head * group_; head <= last_head; ++head) {
                for (int i = plan_.by_key.starts[block]; i < end; ++i) {
                    if (head == last_head && i + 1 == end) {
                        fetch_rows<Io, true>(t_.dk, kv_head, int64_t{block} * kTileKeys, rest(plan_.num_keys, block), dim);
                        fetch_rows<Io, true>(t_.dv, kv_head, int64_t{block} * kTileKeys, rest(plan_.num_keys, block), dim);
                    }
                    tiles_.visit(tile(head, kv_head, block, plan_.by_key.tiles[i], chunk), s);
                }
            }
            write_rows(t_.dk, kv_head, block, rows_of_sums(s.dk, s), shape_.scale);
            write_rows(t_.dv, kv_head, block, rows_of_sums(s.dv, s), 1.0f);
        }
    }

    BackwardTile<V> tile(int head, int kv_head, int key_block, int32_t listed, const KeyChunk& chunk) const {
        const int row_block = listed >> 1;
        const int64_t rows_at = int64_t{head} * plan_.by_row.num_lists + row_block;
        const int64_t keys_at = (int64_t{kv_head} * plan_.by_key.num_lists + key_block) * static_cast<int64_t>(cells_);
        BackwardTile<V> t;
        t.first_row = row_block * kTileRows;
        t.rows = rest(plan_.num_rows, row_block);
        t.first_key = key_block * kTileKeys;
        t.keys = rest(plan_.num_keys, key_block);
        t.partial = is_partial(plan_, listed, key_block);
        t.q_packed = q_rows_ + rows_at * cells_;
        t.d_o_packed = d_o_rows_ + rows_at * cells_;
        if (!kCopies || copied(row_block)) {
            t.q = q_copies_ + rows_at * cells_;
            t.d_o = d_o_copies_ + rows_at * cells_;
            t.q_stride = t.d_o_stride = depth<V>(shape_.head_dim) / V::kPair;
        } else {
            t.q = reinterpret_cast<const Cell*>(row(t_.q, head, t.first_row));
            t.d_o = reinterpret_cast<const Cell*>(row(t_.d_o, head, t.first_row));
            t.q_stride = t_.q.row_stride / V::kPair;
            t.d_o_stride = t_.d_o.row_stride / V::kPair;
        }
        t.k_columns = k_columns_ + keys_at;
        t.v_columns = v_columns_ + keys_at;
        t.k_packed = k_rows_ + keys_at;
        t.lse = t_.lse + static_cast<size_t>(head) * plan_.num_rows + t.first_row;
        t.delta = delta_ + rows_at * kTileRows;
        t.dq = part_of_dq(chunk, head) +
               static_cast<int64_t>(row_block - chunk.begin_row_block) * kTileRows * shape_.head_dim;
        return t;
    }

    // [kTileKeys, head_dim]
    const float* rows_of_sums(const float* sums, Scratch& s) const {
        if constexpr (!V::kMatrix) {
            return sums;
        }
        float* rows = reinterpret_cast<float*>(s.spare);
        for (int d = 0; d < shape_.head_dim; d += V::kLanes) {
            for (int key = 0; key < kTileKeys; key += V::kLanes) {
                V::transpose(sums + d * kTileKeys + key, kTileKeys, rows + key * shape_.head_dim + d, shape_.head_dim, V::kLanes);
            }
        }
        return rows;
    }

    void write_rows(const HeadTensor& to, int kv_head, int block, const float* sums, float scale) const {
        for (int r = 0; r < rest(plan_.num_keys, block); ++r) {
            Io* out = row(to, kv_head, int64_t{block} * kTileKeys + r);
            for (int d = 0; d < shape_.head_dim; d += V::kLanes) {
                V::store(out + d, V::mul(V::load(sums + r * shape_.head_dim + d), V::all(scale)));
            }
        }
    }

    void add_dq(int64_t task) const {
        const int head = static_cast<int>(task % shape_.num_heads);
        const int block = static_cast<int>(task / shape_.num_heads);
        for (int r = 0; r < rest(plan_.num_rows, block); ++r) {
            Io* out = row(t_.dq, head, int64_t{block} * kTileRows + r);
            for (int d = 0; d < shape_.head_dim; d += V::kLanes) {
                Vec sum = V::zero();
                for (int c = 0; c < num_chunks_; ++c) {
                    const KeyChunk& chunk = plan_.chunks[c];
                    if (chunk.begin_row_block <= block && block < chunk.end_row_block) {
                        const int64_t at = static_cast<int64_t>(block - chunk.begin_row_block) * kTileRows + r;
                        sum = V::add(sum, V::load(part_of_dq(chunk, head) + at * shape_.head_dim + d));
                    }
                }
                V::store(out + d, V::mul(sum, V::all(shape_.scale)));
            }
        }
    }

    AttentionPlan& plan_;
    const AttentionShape& shape_;
    const BackwardTensors& t_;
    const BackwardTiles<V> tiles_;
    const int group_;
    int num_chunks_;
    int64_t partial_rows_ = 0;
    size_t cells_;
    Scratch* scratch_ = nullptr;
    Cell *k_columns_ = nullptr, *v_columns_ = nullptr, *k_rows_ = nullptr, *q_rows_ = nullptr, *d_o_rows_ = nullptr;
    Cell *q_copies_ = nullptr, *d_o_copies_ = nullptr;
    float *dq_ = nullptr, *delta_ = nullptr;
};

template <class V, class Io>
AttentionKernel tiled_kernel() {
    return {[](AttentionPlan& plan, const AttentionShape& shape, const ForwardTensors& tensors) {
                return ForwardPass<V, Io>(plan, shape, tensors).run();
            },
            [](AttentionPlan& plan, const AttentionShape& shape, const BackwardTensors& tensors) {
                return BackwardPass<V, Io>(plan, shape, tensors).run();
            }};
}

}  // namespace
}  // namespace packtrain
