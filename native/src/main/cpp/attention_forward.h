// The forward pass in tiles, for one instruction set V: what a block of rows does with a tile. attention_forward_pass.h has its
// memory, its tasks and what they write.
//
// A tile is worked on by groups of rows: scores, exponentials relative to a maximum, and at once the product with v. Where a register
// block is as wide as a tile, exponentials are taken while the scores are in registers: in a group's first tile relative to their own
// maxima. After it a row has a maximum, and that of later tiles seldom is much larger; so there the exponentials are taken relative
// to the maximum so far, and nothing is rescaled. If their sum shows that a score was far above the maximum after all (or is not a
// number), the rows take the tile again by way of memory, with new maxima.
#pragma once

#include <cmath>

#include "tile_mask.h"
#include "tile_pack.h"
#include "tile_product.h"
#include "tile_rows.h"
#include "tile_softmax.h"

namespace packtrain {
namespace {
constexpr int kGroupRows = 12;  // of a tile that is not masked: enough independent rows to hide latencies

template <class V>
class ForwardTiles {
public:
    using Cell = typename V::Cell;

    struct alignas(64) Scratch {
        float scores[kGroupRows * kTileKeys];
        Cell probabilities[2 * kGroupRows * kTileKeys];  // of whole groups, or of two parts and one that is done again
        SoftmaxRows<V> softmax;
        float tile_sums[kGroupRows * V::kLanes];
        bool begun[kTileRows / V::kRows + 1];  // groups of rows that have seen a tile
        int groups_begun;
        alignas(64) float out[kTileRows * kMaxHeadDim];
        Cell spare[kTileRows * kMaxHeadDim];  // rows of q, or what packing needs
    };

    // The packed k and v of all kv heads.
    ForwardTiles(const AttentionPlan& plan, const AttentionShape& shape, const Cell* keys, const Cell* values)
        : plan_(plan), dim_(shape.head_dim), scale_log2_(shape.scale * kLog2E), keys_(keys), values_(values) {}

    // The tiles of a block of rows.
    void visit_all(const Cell* q, ptrdiff_t q_stride, int block, int rows, int kv_head, Scratch& s) const {
        s.softmax.start();
        memset(s.begun, 0, sizeof s.begun);
        s.groups_begun = 0;
        memset(s.out, 0, static_cast<size_t>(rows) * dim_ * sizeof(float));
        for (int i = plan_.by_row.starts[block]; i < plan_.by_row.starts[block + 1]; ++i) {
            const int32_t listed = plan_.by_row.tiles[i];
            const size_t tile = static_cast<size_t>(kv_head) * plan_.by_key.num_lists + (listed >> 1);
            const int first_row = block * kTileRows, first_key = (listed >> 1) * kTileKeys;
            const bool partial = is_partial(plan_, listed, listed >> 1);
            if constexpr (holds_rows<V>()) {
                if (partial) {
                    tile_in_registers<true>(q, q_stride, first_row, rows, first_key, tile, s);
                } else if (s.groups_begun * V::kRows < rows) {
                    tile_in_registers<false>(q, q_stride, first_row, rows, first_key, tile, s);
                } else {
                    const int num_tiles = whole_tiles(block, i);
                    tiles_below_maxima(q, q_stride, rows, tile, num_tiles, s);
                    i += num_tiles - 1;
                }
            } else if (partial) {
                partial_tile(q, q_stride, first_row, rows, first_key, tile, s);
            } else {
                whole_tile(q, q_stride, rows, tile, s);
            }
        }
    }

private:
    using Vec = typename V::Vec;

    // What the exponentials of a group of rows are relative to.
    enum class Was {
        kFirst,  // the group's first tile, relative to its own maxima
        kBelow,  // the maxima so far, which serve
        kAbove,  // nothing yet: the maxima so far do not serve, or are not tried
    };

    // How many tiles of the list, from the i-th, are whole and side by side: of two, a row of cells of pairs has room for both.
    int whole_tiles(int block, int i) const {
        const int32_t next = plan_.by_row.tiles[i] + 2;
        const bool two = V::kPair == 2 && i + 1 < plan_.by_row.starts[block + 1] && plan_.by_row.tiles[i + 1] == next &&
                         !is_partial(plan_, next, next >> 1);
        return two ? 2 : 1;
    }

    // A whole tile, or two side by side, where every row has a maximum. Two register blocks of scores at a time, so that the product
    // with v does not wait for the last exponentials: of the same rows of two tiles, whose output is then loaded and stored once,
    // else of two groups of rows.
    void tiles_below_maxima(const Cell* q, ptrdiff_t q_stride, int rows, size_t tile, int num_tiles, Scratch& s) const {
        const int group_rows = num_tiles == 1 ? kGroupRows : V::kRows;
        for (int r = 0; r < rows; r += group_rows) {
            const int count = rows - r < group_rows ? rows - r : group_rows;
            const Cell* group_q = q + r * q_stride;
            if (!(num_tiles == 1 ? rows_below_maxima(group_q, q_stride, r, count, tile, s)
                                 : tiles_of_rows_below_maxima(group_q, q_stride, r, count, tile, s))) {
                for (int i = 0; i < num_tiles; ++i) {
                    group<false>(group_q, q_stride, r, count, tile + i, kNothingHidden, s.probabilities, s);
                }
            }
        }
    }

    // These two are false if the maxima so far do not serve, and then only scratch memory has been written.
    inline __attribute__((always_inline)) bool rows_below_maxima(const Cell* q, ptrdiff_t q_stride, int r, int count, size_t tile,
                           Scratch& s) const {
        const Cell* k = keys_ + tile * packed_cells<V>(dim_);
        Vec total = V::zero();
        for (int i = 0; i < count; i += V::kRows) {
            total = exponentials<Bases::kGiven, false>(count - i, V::kVecs, q + i * q_stride, q_stride, k, r + i, nullptr,
                                                       s.probabilities + i * kTileKeys, s.tile_sums + i * V::kLanes, total, s);
        }
        if (!(V::sum_of(total) <= kMostAboveMaximum)) {
            return false;
        }
        s.softmax.add(r, count, s.tile_sums);
        add_values(r, count, tile, kTileKeys, s);
        return true;
    }

    inline __attribute__((always_inline)) bool tiles_of_rows_below_maxima(const Cell* q, ptrdiff_t q_stride, int r, int count, size_t tile,
                           Scratch& s) const {
        const size_t cells = packed_cells<V>(dim_);
        const Cell* k = keys_ + tile * cells;
        float* next_sums = s.tile_sums + V::kRows * V::kLanes;
        const Vec total = exponentials<Bases::kGiven, false>(count, V::kVecs, q, q_stride, k, r, nullptr, s.probabilities,
                                                             s.tile_sums, V::zero(), s);
        const Vec both = exponentials<Bases::kGiven, false>(count, V::kVecs, q, q_stride, k + cells, r, nullptr,
                                                            s.probabilities + kTileKeys / V::kPair, next_sums, total, s);
        if (!(V::sum_of(both) <= kMostAboveMaximum)) {
            return false;
        }
        s.softmax.add(r, count, s.tile_sums);
        s.softmax.add(r, count, next_sums);
        add_values(r, count, tile, 2 * kTileKeys, s);
        return true;
    }

    inline __attribute__((always_inline)) void add_values(int r, int count, size_t tile, int keys, Scratch& s) const {
        product<V, Left::kRows, Into::kAdd>(
            count, dim_,
            {s.probabilities, kTileKeys, values_ + tile * packed_cells<V>(dim_), dim_, keys / V::kPair, s.out + r * dim_, dim_, nullptr});
    }

    // A tile while its scores are in registers, by groups of as many rows as a register block has. The exponentials of one group
    // are taken before the product of the group before with v, which otherwise would wait for its own. What describes the group
    // before is kept in numbers of its own, as the operands of product_block are.
    template <bool kMasked>
    void tile_in_registers(const Cell* q, ptrdiff_t q_stride, int first_row, int rows, int first_key, size_t tile,
                           Scratch& s) const {
        GroupMask masks[2];
        int turn = 0, waiting = -1, begin_waiting = 0, end_waiting = kTileKeys;
        Was was_waiting = Was::kFirst;
        for (int r = 0; r < rows; r += V::kRows) {
            const int count = rows - r < V::kRows ? rows - r : V::kRows;
            int begin = 0, end = kTileKeys;
            if constexpr (kMasked) {
                masks[turn] = group_mask<V>(plan_, first_row + r, count, first_key);
                begin = masks[turn].begin;
                end = masks[turn].end;
                if (begin == end) {
                    continue;
                }
            }
            const Was was = exponentials_of<kMasked>(q + r * q_stride, q_stride, tile, r, count, begin, end, masks[turn], turn, s);
            turn = 1 - turn;
            if (waiting >= 0) {
                times_values<kMasked>(q, q_stride, tile, waiting, rows, begin_waiting, end_waiting, masks[turn], turn, was_waiting,
                                      s);
            }
            waiting = r;
            begin_waiting = begin;
            end_waiting = end;
            was_waiting = was;
        }
        if (waiting >= 0) {
            turn = 1 - turn;
            times_values<kMasked>(q, q_stride, tile, waiting, rows, begin_waiting, end_waiting, masks[turn], turn, was_waiting, s);
        }
    }

    template <bool kMasked>
    inline __attribute__((always_inline)) Was exponentials_of(const Cell* q, ptrdiff_t q_stride, size_t tile, int r, int count,
                                                              int begin, int end, const GroupMask& mask, int turn,
                           Scratch& s) const {
        const Cell* k = keys_ + tile * packed_cells<V>(dim_) + begin;
        const int vecs = (end - begin) / V::kLanes;
        if (!s.begun[r / V::kRows]) {
            s.begun[r / V::kRows] = true;
            ++s.groups_begun;
            exponentials<Bases::kFound, kMasked>(count, vecs, q, q_stride, k, r, &mask, s.probabilities + turn * V::kRows * kTileKeys,
                                                  s.tile_sums + turn * V::kRows * V::kLanes, V::zero(), s);
            return Was::kFirst;
        }
        if constexpr (kMasked) {
            return Was::kAbove;  // such a tile often holds the row's own key, whose exponential relative to itself is exact
        } else {
            const Vec total = exponentials<Bases::kGiven, false>(count, vecs, q, q_stride, k, r, &mask, s.probabilities + turn * V::kRows * kTileKeys,
                                                      s.tile_sums + turn * V::kRows * V::kLanes, V::zero(), s);
            return V::sum_of(total) <= kMostAboveMaximum ? Was::kBelow : Was::kAbove;
        }
    }

    template <bool kMasked>
    inline __attribute__((always_inline)) void times_values(const Cell* q, ptrdiff_t q_stride, size_t tile, int r, int rows,
                                                            int begin, int end, const GroupMask& mask, int turn, Was was,
                                                            Scratch& s) const {
        const int count = rows - r < V::kRows ? rows - r : V::kRows;
        const Cell* exponentials = s.probabilities + turn * V::kRows * kTileKeys;
        const Cell* v = values_ + tile * packed_cells<V>(dim_) + begin / V::kPair * dim_;
        if (was == Was::kAbove) {
            Cell* again = s.probabilities + kGroupRows * kTileKeys;
            if constexpr (kMasked) {
                return group<true>(q + r * q_stride, q_stride, r, count, tile, mask, again, s);
            }
            return group<false>(q + r * q_stride, q_stride, r, count, tile, kNothingHidden, again, s);
        }
        s.softmax.add(r, count, s.tile_sums + turn * V::kRows * V::kLanes);
        if (was == Was::kFirst) {
            product<V, Left::kRows, Into::kOverwrite>(
                count, dim_, {exponentials, kTileKeys, v, dim_, (end - begin) / V::kPair, s.out + r * dim_, dim_, nullptr});
        } else {
            product<V, Left::kRows, Into::kAdd>(
                count, dim_, {exponentials, kTileKeys, v, dim_, (end - begin) / V::kPair, s.out + r * dim_, dim_, nullptr});
        }
    }

    // The block of the wanted size, found by counting down.
    template <Bases kBases, bool kMasked, int kR = V::kRows, int kN = V::kVecs>
    Vec exponentials(int rows, int vecs, const Cell* q, ptrdiff_t q_stride, const Cell* k, int r, const GroupMask* mask, Cell* to,
                     float* row_sums, Vec total, Scratch& s) const {
        if constexpr (kR > 1) {
            if (rows < kR) {
                return exponentials<kBases, kMasked, kR - 1, kN>(rows, vecs, q, q_stride, k, r, mask, to, row_sums, total, s);
            }
        }
        if constexpr (kN > 1 && kMasked) {
            if (vecs < kN) {
                return exponentials<kBases, kMasked, kR, kN - 1>(rows, vecs, q, q_stride, k, r, mask, to, row_sums, total, s);
            }
        }
        return exponential_block<V, kBases, kMasked, kR, kN>(q, q_stride, k, dim_ / V::kPair, s.softmax.max + r,
                                                             scale_log2_, mask, to, row_sums, total);
    }

    void whole_tile(const Cell* q, ptrdiff_t q_stride, int rows, size_t tile, Scratch& s) const {
        for (int r = 0; r < rows; r += kGroupRows) {
            const int count = rows - r < kGroupRows ? rows - r : kGroupRows;
            group<false>(q + r * q_stride, q_stride, r, count, tile, kNothingHidden, s.probabilities, s);
        }
    }

    // In groups of fewer rows, which leave out more of what is hidden.
    void partial_tile(const Cell* q, ptrdiff_t q_stride, int first_row, int rows, int first_key, size_t tile, Scratch& s) const {
        for (int r = 0; r < rows; r += V::kRows) {
            const int count = rows - r < V::kRows ? rows - r : V::kRows;
            const GroupMask mask = group_mask<V>(plan_, first_row + r, count, first_key);
            if (mask.begin < mask.end) {
                group<true>(q + r * q_stride, q_stride, r, count, tile, mask, s.probabilities, s);
            }
        }
    }

    // Rows r to r + count of the block with keys [mask.begin, mask.end) of the tile.
    template <bool kMasked>
    void group(const Cell* q, ptrdiff_t q_stride, int r, int count, size_t tile, const GroupMask& mask, Cell* exponentials,
               Scratch& s) const {
        const int keys = mask.end - mask.begin;
        const Cell* k = keys_ + tile * packed_cells<V>(dim_) + mask.begin;
        const Cell* v = values_ + tile * packed_cells<V>(dim_) + mask.begin / V::kPair * dim_;
        product<V, Left::kRows, Into::kOverwrite>(
            count, keys, {q, q_stride, k, kTileKeys, dim_ / V::kPair, s.scores, kTileKeys, nullptr});
        softmax<V, kMasked>(r, count, scale_log2_, mask, s.softmax, s.scores, exponentials);
        product<V, Left::kRows, Into::kScaledAdd>(
            count, dim_,
            {exponentials, kTileKeys, v, dim_, keys / V::kPair, s.out + r * dim_, dim_, s.softmax.scales});
    }

    const AttentionPlan& plan_;
    const int dim_;
    const float scale_log2_;
    const Cell *keys_, *values_;
};

}  // namespace
}  // namespace packtrain
