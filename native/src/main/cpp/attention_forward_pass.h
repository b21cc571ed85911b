// The forward pass: its memory, its tasks and what they write. attention_forward.h has the tiles.
//
// First k (transposed) and v of all kv heads are packed, then each (head, block of rows) is a task, which visits its tiles
// from the plan.
#pragma once

#include <type_traits>

#include "attention_forward.h"
#include "attention_forward_matrix.h"
#include "parallel.h"
#include "tile_pack.h"

namespace packtrain {
namespace {

// Asks for rows of a head before they are read or written: far apart in memory, they would be waited for one by one.
template <class Io, bool kWrites>
void fetch_rows(const HeadTensor& tensor, int head, int64_t first_row, int rows, int head_dim) {
    for (int r = 0; r < rows; ++r) {
        const Io* row = reinterpret_cast<const Io*>(tensor.data) + (first_row + r) * tensor.row_stride + head * tensor.head_stride;
        for (int d = 0; d < head_dim; d += 64 / static_cast<int>(sizeof(Io))) {
            __builtin_prefetch(row + d, kWrites, 2);
        }
    }
}

template <class V, class Io>
class ForwardPass {
public:
    ForwardPass(AttentionPlan& plan, const AttentionShape& shape, const ForwardTensors& tensors)
        : plan_(plan), shape_(shape), t_(tensors) {
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

    using Tiles = typename std::conditional<V::kMatrix, MatrixForwardTiles<V>, ForwardTiles<V>>::type;
    using Scratch = typename Tiles::Scratch;

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
        fetch_rows<Io, false>(t_.q, head, first_row, rows, shape_.head_dim);
        fetch_rows<Io, true>(t_.o, head, first_row, rows, shape_.head_dim);
        const Io* q = rows_of(t_.q, head, first_row);
        const Cell* left = reinterpret_cast<const Cell*>(q);
        ptrdiff_t left_stride = t_.q.row_stride / V::kPair;
        if constexpr (V::kPair == 2) {  // to where they lie without gaps: see BackwardPass::copied
            left = s.spare;
            left_stride = depth<V>(shape_.head_dim) / V::kPair;
            copy_rows<V>(q, t_.q.row_stride, rows, shape_.head_dim, s.spare);
        }
        if constexpr (kConverts) {
            pack_rows<V>(q, t_.q.row_stride, rows, shape_.head_dim, s.spare);
            left = s.spare;
            left_stride = shape_.head_dim;
        }
        Tiles(plan_, shape_, keys_, values_)
            .visit_all(left, left_stride, block, rows, head / (shape_.num_heads / shape_.num_kv_heads), s);
        finish(head, first_row, rows, s);
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
    int64_t num_row_tasks_, num_key_tasks_;
    Scratch* scratch_ = nullptr;
    Cell* keys_ = nullptr;
    Cell* values_ = nullptr;
};

}  // namespace
}  // namespace packtrain
