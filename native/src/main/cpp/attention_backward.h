// The backward pass in tiles, for one instruction set V and element type Io.
//
// With P = exp(scale q k^T - lse), dP = dO v^T and delta = rowsum(dO o):
//     dS = P (dP - delta),  dv = P^T dO,  dk = scale dS^T q,  dq = scale dS k
// A task is a kv head and a chunk of its blocks of keys: dk and dv of a block stay in its scratch memory while all rows
// that see it pass by, dq is added up in fp32 in a part of its own. Where two chunks touch the same rows, the parts are
// added in the order of the chunks. So each sum has one order, whatever the number of threads.
#pragma once

#include "attention_forward.h"
#include "tile_rows.h"

namespace packtrain {
namespace {

constexpr int kMostScoreRows = 16;  // of a group at a time: more of the nearest cache would be taken than there is

template <class V>
struct alignas(64) BackwardScratch {
    using Cell = typename V::Cell;
    float scores[kMostScoreRows * kTileKeys];
    float d_probabilities[kMostScoreRows * kTileKeys];
    Cell p[kTileRows * kTileKeys];         // cells along the rows
    Cell ds[kTileRows * kTileKeys];        // cells along the rows
    Cell ds_by_row[kTileRows * kTileKeys];  // cells along the keys; with fp32 cells `ds` serves both
    float dk[kTileKeys * kMaxHeadDim];  // [keys, head_dim], or [head_dim, kTileKeys] from matrix products
    float dv[kTileKeys * kMaxHeadDim];
    Cell spare[kTileRows * kMaxHeadDim];
};

// Granules of the keys that each group of rows of a tile needs.
struct GroupRanges {
    int begin[(kTileRows + 3) / 4];
    int end[(kTileRows + 3) / 4];
};

// What a tile's products read and write.
template <class V>
struct BackwardTile {
    using Cell = typename V::Cell;
    int first_row, rows;
    int first_key, keys;
    bool partial;
    const Cell *q, *d_o;  // rows to broadcast from
    ptrdiff_t q_stride, d_o_stride;
    const Cell *q_packed, *d_o_packed;  // [kTileRows / kPair, head_dim]; turned for matrix products
    const Cell *k_columns, *v_columns;  // [depth / kPair, kTileKeys]
    const Cell* k_packed;               // [kTileKeys / kPair, head_dim]
    const float *lse, *delta;           // [rows]
    float* dq;                          // [rows, head_dim]
};

template <class V>
class BackwardTiles {
public:
    BackwardTiles(const AttentionPlan& plan, const AttentionShape& shape)
        : plan_(plan), dim_(shape.head_dim), scale_(shape.scale) {}

    void visit(const BackwardTile<V>& t, BackwardScratch<V>& s) const {
        if constexpr (holds_rows<V>()) {
            if (!t.partial && t.rows == kTileRows) {
                return visit_whole(t, s);
            }
        }
        GroupRanges ranges;
        if (t.partial || (V::kMatrix && t.rows < kTileRows)) {
            // Matrix products take rows to a multiple of 32.
            const size_t used = V::kMatrix ? sizeof s.p / V::kPair : static_cast<size_t>(t.rows + 1) * kTileKeys * sizeof(Cell);
            memset(s.p, 0, used < sizeof s.p ? used : sizeof s.p);
            memset(s.ds, 0, used < sizeof s.ds ? used : sizeof s.ds);
        }
        for (int g = 0, r = 0; r < t.rows; ++g, r += V::kRows) {
            const int count = t.rows - r < V::kRows ? t.rows - r : V::kRows;
            GroupMask of_group;
            if (t.partial) {
                of_group = group_mask<V>(plan_, t.first_row + r, count, t.first_key);
            }
            const GroupMask& mask = t.partial ? of_group : kNothingHidden;
            ranges.begin[g] = mask.begin;
            ranges.end[g] = mask.end;
            if (mask.begin < mask.end) {
                group(t, r, count, mask, s);
            }
        }
        key_gradients(t, ranges, s.p, t.d_o_packed, s.dv);
        key_gradients(t, ranges, s.ds, t.q_packed, s.dk);
        query_gradients(t, ranges, s);
    }

private:
    using Vec = typename V::Vec;
    using Cell = typename V::Cell;

    // A tile without hidden scores and with all its rows.
    void visit_whole(const BackwardTile<V>& t, BackwardScratch<V>& s) const {
        constexpr int kRest = kTileRows % V::kRows;
        static_assert(V::kRows % 2 == 0 && kRest % 2 == 0 && kRest > 0, "rows come in pairs");
        for (int r = 0; r < kTileRows - kRest; r += V::kRows) {
            whole_rows<V::kRows>(t, r, s);
        }
        whole_rows<kRest>(t, kTileRows - kRest, s);
        GroupRanges all;
        all.begin[0] = 0;
        all.end[0] = kTileKeys;
        key_gradients(t, all, s.p, t.d_o_packed, s.dv);
        key_gradients(t, all, s.ds, t.q_packed, s.dk);
        query_gradients(t, all, s);
    }

    template <int kR>
    void whole_rows(const BackwardTile<V>& t, int r, BackwardScratch<V>& s) const {
        const int cells = dim_ / V::kPair;
        Cell* p = s.p + r / V::kPair * kTileKeys;
        float* plain = V::kPair == 2 ? s.scores : reinterpret_cast<float*>(p);
        probability_block<V, kR>(t.q + r * t.q_stride, t.q_stride, t.k_columns, cells, t.lse + r, scale_, p, plain);
        score_gradient_block<V, kR>(t.d_o + r * t.d_o_stride, t.d_o_stride, t.v_columns, cells, t.delta + r, plain,
                                    s.ds + r / V::kPair * kTileKeys, s.ds_by_row + r * kTileKeys);
    }

    void group(const BackwardTile<V>& t, int r, int count, const GroupMask& mask, BackwardScratch<V>& s) const {
        const int keys = mask.end - mask.begin;
        for (int first = 0; first < count; first += kMostScoreRows) {
            const int rows = count - first < kMostScoreRows ? count - first : kMostScoreRows;
            product<V, Left::kRows, Into::kOverwrite>(
                rows, keys,
                {t.q + (r + first) * t.q_stride, t.q_stride, t.k_columns + mask.begin, kTileKeys, depth<V>(dim_) / V::kPair,
                 s.scores, kTileKeys, nullptr});
            product<V, Left::kRows, Into::kOverwrite>(
                rows, keys,
                {t.d_o + (r + first) * t.d_o_stride, t.d_o_stride, t.v_columns + mask.begin, kTileKeys,
                 depth<V>(dim_) / V::kPair, s.d_probabilities, kTileKeys, nullptr});
            for (int i = first; i < first + rows; i += 2) {
                const bool alone = i + 1 == count;
                const int at = (i - first) * kTileKeys;
                if (mask.partial) {
                    alone ? two_rows<true, true>(t, r, i, at, mask, s) : two_rows<true, false>(t, r, i, at, mask, s);
                } else {
                    alone ? two_rows<false, true>(t, r, i, at, mask, s) : two_rows<false, false>(t, r, i, at, mask, s);
                }
            }
        }
    }

    // P and dS of rows r + i and r + i + 1, whose scores begin at `at`; the second does not exist if the first is alone.
    template <bool kMasked, bool kAlone>
    void two_rows(const BackwardTile<V>& t, int r, int i, int at, const GroupMask& mask, BackwardScratch<V>& s) const {
        constexpr int kCount = kAlone ? 1 : 2;
        const Vec scale = V::all(V::kPair == 2 ? scale_ * kLog2E : scale_), log2e = V::all(kLog2E);
        Vec bases[kCount], deltas[kCount];
        for (int j = 0; j < kCount; ++j) {
            bases[j] = V::all(-t.lse[r + i + j] * (V::kPair == 2 ? kLog2E : 1.0f));
            deltas[j] = V::all(t.delta[r + i + j]);
        }
        const auto columns = [&](int k, Vec* ds) {
            Vec p[2] = {V::zero(), V::zero()};
            ds[1] = V::zero();
#pragma GCC unroll 2
            for (int j = 0; j < kCount; ++j) {
                // Subtracting before log2(e) keeps the precision where scores are large; bf16 scores have none.
                const Vec exponent = V::fma(V::load(s.scores + at + j * kTileKeys + k), scale, bases[j]);
                p[j] = exp2_of<V>(V::kPair == 2 ? exponent : V::mul(exponent, log2e));
                if constexpr (kMasked) {
                    p[j] = visible_or<V>(mask, i + j, k, p[j], 0.0f);
                }
                ds[j] = V::mul(p[j], V::sub(V::load(s.d_probabilities + at + j * kTileKeys + k), deltas[j]));
            }
            V::store_two_rows(s.p, r + i, mask.begin + k, p[0], p[1]);
            V::store_two_rows(s.ds, r + i, mask.begin + k, ds[0], ds[1]);
        };
        const int keys = kMasked ? mask.end - mask.begin : kTileKeys;
        Cell* by_row = s.ds_by_row + (r + i) * kTileKeys;
        int k = 0;
#pragma GCC unroll 2
        for (; k + 2 * V::kLanes <= keys; k += 2 * V::kLanes) {
            Vec ds[2], next[2];
            columns(k, ds);
            columns(k + V::kLanes, next);
            for (int j = 0; j < kCount && V::kPair == 2; ++j) {
                V::store_cells(by_row + j * kTileKeys, mask.begin + k, ds[j], next[j]);
            }
        }
        if (kMasked && k < keys) {
            Vec ds[2];
            columns(k, ds);
            for (int j = 0; j < kCount && V::kPair == 2; ++j) {
                V::store_cells(by_row + j * kTileKeys, mask.begin + k, ds[j]);
            }
        }
    }

    // dq += dS k, by groups of rows, each with the keys that it sees.
    void query_gradients(const BackwardTile<V>& t, const GroupRanges& ranges, BackwardScratch<V>& s) const {
        const Cell* ds = V::kPair == 1 ? s.ds : s.ds_by_row;
        const int step = t.partial ? V::kRows : kTileRows;
        for (int g = 0, r = 0; r < t.rows; ++g, r += step) {
            const int count = t.rows - r < step ? t.rows - r : step;
            const int begin = ranges.begin[g] / V::kPair, keys = (ranges.end[g] - ranges.begin[g]) / V::kPair;
            if (keys > 0) {
                product<V, Left::kRows, Into::kAdd>(
                    count, dim_,
                    {ds + r * kTileKeys + begin, kTileKeys, t.k_packed + begin * dim_, dim_, keys, t.dq + r * dim_, dim_,
                     nullptr});
            }
        }
    }

    // sums += left^T right, by groups of keys, each with the rows that see any of its granules: dv from P and dO, dk from
    // dS and q. One after the other, so that their operands stay in the nearest cache.
    void key_gradients(const BackwardTile<V>& t, const GroupRanges& ranges, const Cell* left, const Cell* right,
                       float* sums) const {
        const int step = t.partial ? V::kRows : kTileKeys;
        for (int key = 0; key < t.keys; key += step) {
            const int count = t.keys - key < step ? t.keys - key : step;
            int begin = 0, end = (t.rows + V::kPair - 1) / V::kPair;
            if (t.partial) {
                rows_of_keys(t, ranges, key, key + count, &begin, &end);
            }
            if (begin < end) {
                add_key_gradients(key, count, begin, end, left, right, sums);
            }
        }
    }

    // Over the cells [begin, end) of rows. Matrix products give the sums transposed, right^T left, because they take the right operand
    // in cells along the rows; there are keys and rows enough for whole registers, and what does not exist is zero.
    void add_key_gradients(int key, int count, int begin, int end, const Cell* left, const Cell* right, float* sums) const {
        if constexpr (V::kMatrix) {
            constexpr int kStep = V::kGranule / V::kPair, kLength = kTileRows / V::kPair;
            const int cells = (end - begin + kStep - 1) / kStep * kStep, keys = (count + V::kGranule - 1) / V::kGranule * V::kGranule;
            product<V, Left::kRows, Into::kAdd>(dim_, keys,
                                                {right + begin, kLength, left + begin * kTileKeys + key, kTileKeys, cells,
                                                 sums + key, kTileKeys, nullptr});
        } else {
            product<V, Left::kColumns, Into::kAdd>(
                count, dim_,
                {left + begin * kTileKeys + key, kTileKeys, right + static_cast<ptrdiff_t>(begin) * dim_, dim_, end - begin,
                 sums + key * dim_, dim_, nullptr});
        }
    }

    static void rows_of_keys(const BackwardTile<V>& t, const GroupRanges& ranges, int first_key, int end_key, int* begin,
                             int* end) {
        int first = kTileRows, last = 0;
        for (int g = 0, r = 0; r < t.rows; ++g, r += V::kRows) {
            if (ranges.begin[g] < end_key && first_key < ranges.end[g]) {
                first = first < r ? first : r;
                last = r + V::kRows;
            }
        }
        *begin = first / V::kPair;
        const int bound = (t.rows + V::kPair - 1) / V::kPair;
        *end = last / V::kPair < bound ? last / V::kPair : bound;
    }

    const AttentionPlan& plan_;
    const int dim_;
    const float scale_;
};

}  // namespace
}  // namespace packtrain
