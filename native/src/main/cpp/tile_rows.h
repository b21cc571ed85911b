// What becomes of whole rows of a tile's scores while they are still in registers, for vectors that hold such rows in a register
// block: exponentials going forward, P and dS going back.
#pragma once

#include "tile_product.h"
#include "tile_softmax.h"

namespace packtrain {
namespace {

// Whether the register block of V is as wide as a tile. Those of matrix products are not vectors.
template <class V>
constexpr bool holds_rows() {
    return !V::kMatrix && V::kVecs * V::kLanes == kTileKeys;
}

// Where bf16 pairs are multiplied, bases come times -scale log2(e), so that one multiply-add gives the exponent; fp32 scores
// are subtracted first, which keeps their precision where they are large.
template <class V>
typename V::Vec exponent_above(typename V::Vec score, typename V::Vec base, typename V::Vec scale_log2) {
    return V::kPair == 2 ? V::fma(score, scale_log2, base) : V::mul(V::sub(score, base), scale_log2);
}

enum class Bases {
    kGiven,  // the maxima so far
    kFound,  // the maxima of these scores, which go to `bases`
};

// The maximum of each row of scores, or kLowest where it sees none.
template <class V, int kR, int kN>
inline __attribute__((always_inline)) void find_bases(const typename V::Vec (&scores)[kR][kN], float* maxima, float* bases) {
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
        typename V::Vec most = scores[r][0];
#pragma GCC unroll 8
        for (int n = 1; n < kN; ++n) {
            most = V::max(most, scores[r][n]);
        }
        maxima[r] = V::max_of(most);
        bases[r] = maxima[r] > kLowest ? maxima[r] : kLowest;
    }
}

// Of the n-th vector of row r.
template <class V, bool kMasked>
inline __attribute__((always_inline)) typename V::Vec exponential(typename V::Vec score, typename V::Vec base,
                                                                  typename V::Vec scale_log2, const GroupMask* mask, int r, int n) {
    const typename V::Vec p = exp2_of<V>(exponent_above<V>(score, base, scale_log2));
    if constexpr (kMasked) {
        return visible_or<V>(*mask, r, n * V::kLanes, p, 0.0f);
    }
    return p;
}

// Exponentials of kR rows of scores of kN vectors relative to a base each, as the left operand of the product with v. Their sums
// go to row_sums, kLanes a row; returns those added to `total`. The mask is read where kMasked says so.
template <class V, Bases kBases, bool kMasked, int kR, int kN>
__attribute__((noinline)) typename V::Vec exponential_block(const typename V::Cell* q, ptrdiff_t q_stride,
                                                            const typename V::Cell* k, int length, float* maxima,
                                                            float scale_log2, const GroupMask* mask,
                                                            typename V::Cell* exponentials, float* row_sums,
                                                            typename V::Vec total) {
    using Vec = typename V::Vec;
    Vec sums[kR][kN];
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
        for (int n = 0; n < kN; ++n) {
            sums[r][n] = V::zero();
        }
    }
    add_products<V>(sums, q, q_stride, 1, k, kTileKeys, length);
    float found[kR];
    if constexpr (kBases == Bases::kFound) {
#pragma GCC unroll 8
        for (int n = 0; n < kN && kMasked; ++n) {
#pragma GCC unroll 8
            for (int r = 0; r < kR; ++r) {
                sums[r][n] = visible_or<V>(*mask, r, n * V::kLanes, sums[r][n], -INFINITY);
            }
        }
        find_bases<V>(sums, maxima, found);
    }
    const float* bases = kBases == Bases::kFound ? found : maxima;
    const Vec scale = V::all(scale_log2);
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
        const Vec base = V::all(V::kPair == 2 ? -bases[r] * scale_log2 : bases[r]);
        Vec row_sum = V::zero();
#pragma GCC unroll 8
        for (int n = 0; n + 1 < kN; n += 2) {
            const Vec p = exponential<V, kMasked>(sums[r][n], base, scale, mask, r, n);
            const Vec next = exponential<V, kMasked>(sums[r][n + 1], base, scale, mask, r, n + 1);
            row_sum = V::add(row_sum, V::add(p, next));
            V::store_cells(exponentials + r * kTileKeys, n * V::kLanes, p, next);
        }
        if constexpr (kN % 2 == 1) {
            const Vec p = exponential<V, kMasked>(sums[r][kN - 1], base, scale, mask, r, kN - 1);
            row_sum = V::add(row_sum, p);
            V::store_cells(exponentials + r * kTileKeys, (kN - 1) * V::kLanes, p);
        }
        V::store(row_sums + r * V::kLanes, row_sum);
        total = V::add(total, row_sum);
    }
    return total;
}

// P of kR rows: to `p` with cells along the rows, and in fp32 to `plain`, [kR, kTileKeys], which with fp32 cells are the same.
template <class V, int kR>
__attribute__((noinline)) void probability_block(const typename V::Cell* q, ptrdiff_t q_stride, const typename V::Cell* k,
                                                 int length, const float* lse, float scale, typename V::Cell* p,
                                                 float* plain) {
    using Vec = typename V::Vec;
    Vec sums[kR][V::kVecs];
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
        for (int n = 0; n < V::kVecs; ++n) {
            sums[r][n] = V::zero();
        }
    }
    add_products<V>(sums, q, q_stride, 1, k, kTileKeys, length);
    const Vec factor = V::all(V::kPair == 2 ? scale * kLog2E : scale), log2e = V::all(kLog2E);
#pragma GCC unroll 8
    for (int r = 0; r < kR; r += 2) {
        const Vec base = V::all(-lse[r] * (V::kPair == 2 ? kLog2E : 1.0f));
        const Vec next_base = V::all(-lse[r + 1] * (V::kPair == 2 ? kLog2E : 1.0f));
#pragma GCC unroll 8
        for (int n = 0; n < V::kVecs; ++n) {
            const Vec exponent = V::fma(sums[r][n], factor, base), next = V::fma(sums[r + 1][n], factor, next_base);
            const Vec x = exp2_of<V>(V::kPair == 2 ? exponent : V::mul(exponent, log2e));
            const Vec y = exp2_of<V>(V::kPair == 2 ? next : V::mul(next, log2e));
            if constexpr (V::kPair == 2) {
                V::store(plain + r * kTileKeys + n * V::kLanes, x);
                V::store(plain + (r + 1) * kTileKeys + n * V::kLanes, y);
            }
            V::store_two_rows(p, r, n * V::kLanes, x, y);
        }
    }
}

// dS = P (dO v^T - delta) of kR rows, from `plain`: to `ds` with cells along the rows and to `by_row` with cells along the keys,
// which with fp32 cells are the same.
template <class V, int kR>
__attribute__((noinline)) void score_gradient_block(const typename V::Cell* d_o, ptrdiff_t d_o_stride,
                                                    const typename V::Cell* v, int length, const float* delta,
                                                    const float* plain, typename V::Cell* ds, typename V::Cell* by_row) {
    typename V::Vec sums[kR][V::kVecs];
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
        for (int n = 0; n < V::kVecs; ++n) {
            sums[r][n] = V::all(-delta[r]);
        }
    }
    add_products<V>(sums, d_o, d_o_stride, 1, v, kTileKeys, length);
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
        for (int n = 0; n < V::kVecs; ++n) {
            sums[r][n] = V::mul(sums[r][n], V::load(plain + r * kTileKeys + n * V::kLanes));
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kR; r += 2) {
#pragma GCC unroll 8
        for (int n = 0; n < V::kVecs; ++n) {
            V::store_two_rows(ds, r, n * V::kLanes, sums[r][n], sums[r + 1][n]);
        }
#pragma GCC unroll 8
        for (int n = 0; n < V::kVecs && V::kPair == 2; n += 2) {
            V::store_cells(by_row + r * kTileKeys, n * V::kLanes, sums[r][n], sums[r][n + 1]);
            V::store_cells(by_row + (r + 1) * kTileKeys, n * V::kLanes, sums[r + 1][n], sums[r + 1][n + 1]);
        }
    }
}

}  // namespace
}  // namespace packtrain
