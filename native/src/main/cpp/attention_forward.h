// The forward pass in tiles, for one instruction set V and element type Io.
//
// First k (transposed) and v of all kv heads are packed, then each (head, block of rows) is a task, which visits its tiles
// from the plan. A tile is worked on by groups of rows: scores into a small buffer, their running maximum, the
// powers of two, and at once the product with v.
//
// After its first tile a row has a maximum, and that of later tiles seldom is much larger. So in tiles without hidden scores the
// exponentials are taken relative to the maximum so far, while the scores are in registers, and nothing is rescaled. If their sum
// shows that a score was far above the maximum after all (or is not a number), the rows take the tile in the way of the first.
#pragma once

#include <cmath>

#include "parallel.h"
#include "tile_mask.h"
#include "tile_pack.h"
#include "tile_product.h"
#include "tile_rows.h"
#include "tile_softmax.h"

namespace packtrain {
namespace {

constexpr int kMaxHeadDim = 256;
constexpr float kMostAboveMaximum = 0x1p20f;  // sum of a group's exponentials relative to older maxima

template <class V, class Io>
class ForwardPass {
public:
    ForwardPass(AttentionPlan& plan, const AttentionShape& shape, const ForwardTensors& tensors)
        : plan_(plan), shape_(shape), t_(tensors), scale_log2_(shape.scale * kLog2E) {
        num_row_tasks_ = static_cast<int64_t>(shape.num_heads) * plan.by_row.num_lists;
        num_key_tasks_ = static_cast<int64_t>(shape.num_kv_heads) * plan.by_key.num_lists;
    }

    bool run() {
        const int64_t most = num_row_tasks_ > num_key_tasks_ ? num_row_tasks_ : num_key_tasks_;
        const size_t packed = num_key_tasks_ * packed_cells<V>(shape_.head_dim);
        const size_t scratch = threads_for(most, shape_.num_threads) * sizeof(Scratch);
        char* memory = plan_workspace(plan_, scratch + 2 * packed * sizeof(Cell));
        if (memory == nullptr) {
            return false;
        }
        scratch_ = reinterpret_cast<Scratch*>(memory);
        keys_ = reinterpret_cast<Cell*>(memory + scratch);
        values_ = keys_ + packed;
        parallel_for(num_key_tasks_, shape_.num_threads, Share::kStatic,
                     [this](int64_t task, int thread) { pack(task, scratch_[thread]); });
        parallel_for(num_row_tasks_, shape_.num_threads, Share::kDynamic,
                     [this](int64_t task, int thread) { block_of_rows(task, scratch_[thread]); });
        return true;
    }

private:
    using Vec = typename V::Vec;
    using Cell = typename V::Cell;
    static constexpr bool kConverts = sizeof(Io) * V::kPair != sizeof(Cell);  // q is copied as fp32

    struct alignas(64) Scratch {
        float scores[kGroupRows * kTileKeys];
        Cell probabilities[kGroupRows * kTileKeys];
        SoftmaxRows<V> softmax;
        float tile_sums[kGroupRows * V::kLanes];
        float out[kTileRows * kMaxHeadDim];
        Cell spare[kTileRows * kMaxHeadDim];  // rows of q, or what packing needs
    };

    const Io* rows_of(const HeadTensor& tensor, int head, int row) const {
        return reinterpret_cast<const Io*>(tensor.data) + row * tensor.row_stride + head * tensor.head_stride;
    }

    // Heads one after the other: their rows lie side by side in memory.
    void pack(int64_t task, Scratch& s) {
        const int head = static_cast<int>(task % shape_.num_kv_heads);
        const int64_t block = task / shape_.num_kv_heads;
        const int key = static_cast<int>(block) * kTileKeys;
        const int count = plan_.num_keys - key < kTileKeys ? plan_.num_keys - key : kTileKeys;
        const size_t at = (head * static_cast<int64_t>(plan_.by_key.num_lists) + block) * packed_cells<V>(shape_.head_dim);
        pack_columns<V>(rows_of(t_.k, head, key), t_.k.row_stride, count, shape_.head_dim, s.spare, keys_ + at);
        pack_rows<V>(rows_of(t_.v, head, key), t_.v.row_stride, count, shape_.head_dim, values_ + at);
    }

    void block_of_rows(int64_t task, Scratch& s) {
        const int head = static_cast<int>(task / plan_.by_row.num_lists);
        const int block = plan_.row_order[task % plan_.by_row.num_lists];
        const int first_row = block * kTileRows;
        const int rows = plan_.num_rows - first_row < kTileRows ? plan_.num_rows - first_row : kTileRows;
        fetch_rows(head, first_row, rows);
        const Io* q = rows_of(t_.q, head, first_row);
        const Cell* left = reinterpret_cast<const Cell*>(q);
        ptrdiff_t left_stride = t_.q.row_stride / V::kPair;
        if constexpr (kConverts) {
            pack_rows<V>(q, t_.q.row_stride, rows, shape_.head_dim, s.spare);
            left = s.spare;
            left_stride = shape_.head_dim;
        }
        s.softmax.start();
        memset(s.out, 0, static_cast<size_t>(rows) * shape_.head_dim * sizeof(float));
        const int kv_head = head / (shape_.num_heads / shape_.num_kv_heads);
        const int first = plan_.by_row.starts[block];
        for (int i = first; i < plan_.by_row.starts[block + 1]; ++i) {
            const int32_t listed = plan_.by_row.tiles[i];
            const size_t tile = static_cast<size_t>(kv_head) * plan_.by_key.num_lists + (listed >> 1);
            if (is_partial(plan_, listed, listed >> 1)) {
                partial_tile(left, left_stride, first_row, rows, (listed >> 1) * kTileKeys, tile, s);
            } else {
                whole_tile(left, left_stride, rows, tile, i > first, s);
            }
        }
        finish(head, first_row, rows, s);
    }

    // Asks for the rows of q and o before they are needed: far apart in memory, they would be waited for one by one.
    void fetch_rows(int head, int first_row, int rows) const {
        for (int r = 0; r < rows; ++r) {
            const char* q = reinterpret_cast<const char*>(rows_of(t_.q, head, first_row + r));
            const char* o = reinterpret_cast<const char*>(rows_of(t_.o, head, first_row + r));
            for (size_t byte = 0; byte < shape_.head_dim * sizeof(Io); byte += 64) {
                __builtin_prefetch(q + byte);
                __builtin_prefetch(o + byte, 1, 2);
            }
        }
    }

    void whole_tile(const Cell* q, ptrdiff_t q_stride, int rows, size_t tile, bool have_maxima, Scratch& s) {
        const GroupMask all = {0, kTileKeys, false, {}};
        for (int r = 0; r < rows; r += kGroupRows) {
            const int count = rows - r < kGroupRows ? rows - r : kGroupRows;
            if (!have_maxima || !group_below_maxima(q + r * q_stride, q_stride, r, count, tile, s)) {
                group<false>(q + r * q_stride, q_stride, r, count, tile, all, s);
            }
        }
    }

    // A whole tile relative to the maxima so far; false if they do not serve, and then only scratch memory has been written.
    bool group_below_maxima(const Cell* q, ptrdiff_t q_stride, int r, int count, size_t tile, Scratch& s) {
        if constexpr (holds_rows<V>()) {
            const int dim = shape_.head_dim;
            const Cell* k = keys_ + tile * packed_cells<V>(dim);
            Vec total = V::zero();
            for (int i = 0; i < count; i += V::kRows) {
                total = exponentials<V::kRows>(count - i, q + i * q_stride, q_stride, k, r, i, total, s);
            }
            if (!(V::sum_of(total) <= kMostAboveMaximum)) {
                return false;
            }
            for (int i = 0; i < count; ++i) {
                float* sums = s.softmax.sums + (r + i) * V::kLanes;
                V::store(sums, V::add(V::load(sums), V::load(s.tile_sums + i * V::kLanes)));
            }
            product<V, Left::kRows, Into::kAdd>(
                count, dim,
                {s.probabilities, kTileKeys, values_ + tile * packed_cells<V>(dim), dim, kTileKeys / V::kPair,
                 s.out + r * dim, dim, nullptr});
            return true;
        } else {
            return false;
        }
    }

    // The block of the wanted size, found by counting down.
    template <int kR>
    Vec exponentials(int rows, const Cell* q, ptrdiff_t q_stride, const Cell* k, int r, int i, Vec total, Scratch& s) const {
        if constexpr (kR > 1) {
            if (rows < kR) {
                return exponentials<kR - 1>(rows, q, q_stride, k, r, i, total, s);
            }
        }
        return exponential_block<V, kR>(q, q_stride, k, shape_.head_dim / V::kPair, s.softmax.max + r + i, scale_log2_,
                                        s.probabilities + i * kTileKeys, s.tile_sums + i * V::kLanes, total);
    }

    // In groups of fewer rows, which leave out more of what is hidden.
    void partial_tile(const Cell* q, ptrdiff_t q_stride, int first_row, int rows, int first_key, size_t tile, Scratch& s) {
        for (int r = 0; r < rows; r += V::kRows) {
            const int count = rows - r < V::kRows ? rows - r : V::kRows;
            const GroupMask mask = group_mask<V>(plan_, first_row + r, count, first_key);
            if (mask.begin < mask.end) {
                group<true>(q + r * q_stride, q_stride, r, count, tile, mask, s);
            }
        }
    }

    // Rows r to r + count of the block with keys [mask.begin, mask.end) of the tile.
    template <bool kMasked>
    void group(const Cell* q, ptrdiff_t q_stride, int r, int count, size_t tile, const GroupMask& mask, Scratch& s) {
        const int dim = shape_.head_dim;
        const int keys = mask.end - mask.begin;
        const Cell* k = keys_ + tile * packed_cells<V>(dim) + mask.begin;
        const Cell* v = values_ + tile * packed_cells<V>(dim) + mask.begin / V::kPair * dim;
        product<V, Left::kRows, Into::kOverwrite>(
            count, keys, {q, q_stride, k, kTileKeys, dim / V::kPair, s.scores, kTileKeys, nullptr});
        softmax<V, kMasked>(r, count, scale_log2_, mask, s.softmax, s.scores, s.probabilities);
        product<V, Left::kRows, Into::kScaledAdd>(
            count, dim,
            {s.probabilities, kTileKeys, v, dim, keys / V::kPair, s.out + r * dim, dim, s.softmax.scales});
    }

    void finish(int head, int first_row, int rows, Scratch& s) {
        float* lse = t_.lse + static_cast<size_t>(head) * plan_.num_rows + first_row;
        for (int r = 0; r < rows; ++r) {
            const float sum = V::sum_of(V::load(s.softmax.sums + r * V::kLanes));
            const bool sees_nothing = s.softmax.max[r] == -INFINITY && sum == 0.0f;
            const Vec inverse = V::all(sees_nothing ? 0.0f : 1.0f / sum);
            Io* out = const_cast<Io*>(rows_of(t_.o, head, first_row + r));
            for (int d = 0; d < shape_.head_dim; d += V::kLanes) {
                V::store(out + d, V::mul(V::load(s.out + r * shape_.head_dim + d), inverse));
            }
            lse[r] = sees_nothing ? -INFINITY : s.softmax.max[r] * shape_.scale + std::log(sum);
        }
    }

    AttentionPlan& plan_;
    const AttentionShape& shape_;
    const ForwardTensors& t_;
    const float scale_log2_;
    int64_t num_row_tasks_, num_key_tasks_;
    Scratch* scratch_ = nullptr;
    Cell* keys_ = nullptr;
    Cell* values_ = nullptr;
};

}  // namespace
}  // namespace packtrain
