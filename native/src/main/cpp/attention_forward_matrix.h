// The forward pass in tiles, for an instruction set V that multiplies whole matrices. attention_forward.h is the same for those that
// multiply vectors, and says when the maxima so far serve.
//
// Scores come out of the tile registers by way of memory. So a group of rows takes a tile in three steps: scores, exponentials, and
// the product with v.
#pragma once

#include "tile_mask.h"
#include "tile_pack.h"
#include "tile_product.h"
#include "tile_softmax.h"

namespace packtrain {
namespace {

template <class V>
class MatrixForwardTiles {
public:
    using Cell = typename V::Cell;
    static constexpr int kGroup = 16;  // rows: with 32 more of the nearest cache is taken than there is

    struct alignas(64) Scratch {
        float scores[kGroup * kTileKeys];
        Cell probabilities[kGroup * kTileKeys];
        SoftmaxRows<V> softmax;
        float tile_sums[kGroup * V::kLanes];
        bool begun[kTileRows / kGroup];  // groups of rows that have seen a tile
        alignas(64) float out[kTileRows * kMaxHeadDim];
        Cell spare[kTileRows * kMaxHeadDim];  // rows of q, or what packing needs
    };

    // The packed k and v of all kv heads.
    MatrixForwardTiles(const AttentionPlan& plan, const AttentionShape& shape, const Cell* keys, const Cell* values)
        : plan_(plan), dim_(shape.head_dim), scale_log2_(shape.scale * kLog2E), keys_(keys), values_(values) {}

    // The tiles of a block of rows.
    void visit_all(const Cell* q, ptrdiff_t q_stride, int block, int rows, int kv_head, Scratch& s) const {
        const typename V::Registers registers;
        s.softmax.start();
        memset(s.begun, 0, sizeof s.begun);
        memset(s.out, 0, static_cast<size_t>(rows) * dim_ * sizeof(float));
        for (int i = plan_.by_row.starts[block]; i < plan_.by_row.starts[block + 1]; ++i) {
            const int key_block = plan_.by_row.tiles[i] >> 1;
            const size_t tile = static_cast<size_t>(kv_head) * plan_.by_key.num_lists + key_block;
            const bool partial = is_partial(plan_, plan_.by_row.tiles[i], key_block);
            for (int r = 0; r < rows; r += kGroup) {
                const int count = rows - r < kGroup ? rows - r : kGroup;
                if (!partial) {
                    group<false>(q + r * q_stride, q_stride, r, count, tile, kNothingHidden, s);
                    continue;
                }
                const GroupMask mask = group_mask<V>(plan_, block * kTileRows + r, count, key_block * kTileKeys);
                if (mask.begin < mask.end) {
                    group<true>(q + r * q_stride, q_stride, r, count, tile, mask, s);
                }
            }
        }
    }

private:
    using Vec = typename V::Vec;

    // Rows r to r + count of the block with keys [mask.begin, mask.end) of the tile.
    template <bool kMasked>
    void group(const Cell* q, ptrdiff_t q_stride, int r, int count, size_t tile, const GroupMask& mask, Scratch& s) const {
        const int keys = mask.end - mask.begin;
        const Cell* k = keys_ + tile * packed_cells<V>(dim_) + mask.begin;
        const Cell* v = values_ + tile * packed_cells<V>(dim_) + mask.begin / V::kPair * dim_;
        product<V, Left::kRows, Into::kOverwrite>(
            count, keys, {q, q_stride, k, kTileKeys, depth<V>(dim_) / V::kPair, s.scores, kTileKeys, nullptr});
        bool& begun = s.begun[r / kGroup];
        if (kMasked || !begun || !below_maxima(r, count, s)) {
            softmax<V, kMasked>(r, count, scale_log2_, mask, s.softmax, s.scores, s.probabilities);
            if (begun) {
                rescale(r, count, s);
            }
        }
        begun = true;
        product<V, Left::kRows, Into::kAdd>(
            count, dim_, {s.probabilities, kTileKeys, v, dim_, keys / V::kPair, s.out + r * dim_, dim_, nullptr});
    }

    // False if the maxima so far do not serve, and then only scratch memory has been written.
    bool below_maxima(int r, int count, Scratch& s) const {
        Vec total = V::zero();
        for (int i = 0; i < count; ++i) {
            const Vec sum = exponentials<V, false>(i, kTileKeys, scale_log2_, s.softmax.max[r + i], kNothingHidden, s.scores,
                                                   s.probabilities, V::zero());
            V::store(s.tile_sums + i * V::kLanes, sum);
            total = V::add(total, sum);
        }
        if (!(V::sum_of(total) <= kMostAboveMaximum)) {
            return false;
        }
        s.softmax.add(r, count, s.tile_sums);
        return true;
    }

    void rescale(int r, int count, Scratch& s) const {
        for (int i = 0; i < count; ++i) {
            const Vec scale = V::all(s.softmax.scales[i]);
            float* out = s.out + (r + i) * dim_;
            for (int d = 0; d < dim_; d += V::kLanes) {
                V::store(out + d, V::mul(V::load(out + d), scale));
            }
        }
    }

    const AttentionPlan& plan_;
    const int dim_;
    const float scale_log2_;
    const Cell *keys_, *values_;
};

}  // namespace
}  // namespace packtrain
