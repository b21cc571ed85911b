// The softmax of a group of rows, one tile after the other (Milakov and Gimelshein 2018, arXiv 1805.02867).
#pragma once

#include <cmath>
#include <cstring>

#include "tile_exp.h"
#include "tile_mask.h"

namespace packtrain {
namespace {

constexpr int kMostLanes = 16;     // of any vector
constexpr float kMostAboveMaximum = 0x1p20f;  // sum of a group's exponentials relative to older maxima
constexpr float kLowest = -1e38f;  // instead of -inf, whose difference with itself is NaN
constexpr float kLog2E = 1.44269504088896340736f;

// Of a block of rows: the maximum of each row's scores so far, and its sum of exponentials by lane.
template <class V>
struct alignas(64) SoftmaxRows {
    float max[kTileRows + kMostLanes];
    float sums[kTileRows * V::kLanes];
    float scales[kMostGroupRows];  // of the group: what sums and output so far are multiplied by

    void start() {
        for (float& m : max) {
            m = -INFINITY;
        }
        memset(sums, 0, sizeof sums);
    }

    // To rows r to r + count.
    void add(int r, int count, const float* tile_sums) {
        for (int i = 0; i < count * V::kLanes; i += V::kLanes) {
            float* row = sums + r * V::kLanes + i;
            V::store(row, V::add(V::load(row), V::load(tile_sums + i)));
        }
    }
};

template <class V>
typename V::Vec visible_or(const GroupMask& mask, int row, int key, typename V::Vec x, float otherwise) {
    const uint64_t bits = mask.bits[row] >> (mask.begin + key);
    return V::select(V::mask(static_cast<uint32_t>(bits)), x, V::all(otherwise));
}

// New maxima and scales of rows r to r + count. Hidden scores become -inf.
template <class V, bool kMasked>
void softmax_maxima(int r, int count, float scale_log2, const GroupMask& mask, SoftmaxRows<V>& rows, float* scores,
                    float* bases) {
    const int keys = kMasked ? mask.end - mask.begin : kTileKeys;
    alignas(64) float most[kMostGroupRows];
    for (int i = count; i % V::kLanes != 0; ++i) {
        most[i] = -INFINITY;
    }
    for (int i = 0; i < count; ++i) {
        typename V::Vec row_most = V::all(-INFINITY);
#pragma GCC unroll 4
        for (int k = 0; k < keys; k += V::kLanes) {
            typename V::Vec x = V::load(scores + i * kTileKeys + k);
            if constexpr (kMasked) {
                x = visible_or<V>(mask, i, k, x, -INFINITY);
                V::store(scores + i * kTileKeys + k, x);
            }
            row_most = V::max(row_most, x);
        }
        most[i] = V::max_of(row_most);
    }
    for (int i = 0; i < count; i += V::kLanes) {
        const typename V::Vec before = V::load(rows.max + r + i);
        const typename V::Vec after = V::max(V::load(most + i), before);
        const typename V::Vec base = V::max(after, V::all(kLowest));
        V::store(rows.max + r + i, after);
        V::store(bases + i, base);
        V::store(rows.scales + i, exp2_of<V>(V::mul(V::sub(before, base), V::all(scale_log2))));
    }
}

// Exponentials of row i of scores relative to its base, as a row of the left operand of the product with v; returns their sum.
template <class V, bool kMasked>
inline __attribute__((always_inline)) typename V::Vec exponentials(int i, int keys, float scale_log2, float row_base,
                                                                   const GroupMask& mask, const float* scores,
                                                                   typename V::Cell* to, typename V::Vec sum) {
    using Vec = typename V::Vec;
    const Vec scale = V::all(scale_log2), base = V::all(V::kPair == 2 ? -row_base * scale_log2 : row_base);
    const auto exponential = [&](int k) {
        const Vec score = V::load(scores + i * kTileKeys + k);
        // Subtracting first keeps the precision where scores are large; bf16 scores have none.
        const Vec exponent = V::kPair == 2 ? V::fma(score, scale, base) : V::mul(V::sub(score, base), scale);
        const Vec p = exp2_of<V>(exponent);
        return kMasked ? visible_or<V>(mask, i, k, p, 0.0f) : p;
    };
    int k = 0;
#pragma GCC unroll 2
    for (; k + 2 * V::kLanes <= keys; k += 2 * V::kLanes) {
        const Vec p = exponential(k), next = exponential(k + V::kLanes);
        sum = V::add(sum, V::add(p, next));
        V::store_cells(to + i * kTileKeys, k, p, next);
    }
    if (kMasked && k < keys) {
        const Vec p = exponential(k);
        sum = V::add(sum, p);
        V::store_cells(to + i * kTileKeys, k, p);
    }
    return sum;
}

// Scores to exponentials relative to the running maximum, as the left operand of the product with v.
template <class V, bool kMasked>
void softmax(int r, int count, float scale_log2, const GroupMask& mask, SoftmaxRows<V>& rows, float* scores,
             typename V::Cell* exponentials_to) {
    alignas(64) float bases[kMostGroupRows];
    softmax_maxima<V, kMasked>(r, count, scale_log2, mask, rows, scores, bases);
    const int keys = kMasked ? mask.end - mask.begin : kTileKeys;
    for (int i = 0; i < count; ++i) {
        float* sums = rows.sums + (r + i) * V::kLanes;
        const typename V::Vec before = V::mul(V::load(sums), V::all(rows.scales[i]));
        V::store(sums, exponentials<V, kMasked>(i, keys, scale_log2, bases[i], mask, scores, exponentials_to, before));
    }
}

}  // namespace
}  // namespace packtrain
