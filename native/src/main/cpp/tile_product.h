// The matrix products of the tiled kernels: C (fp32) from A, whose cells are broadcast, and B, whose cells are vectors.
//
// A block of kRows x kVecs vectors of C stays in registers while k runs, so that a step loads kVecs vectors and kRows
// broadcasts for kRows * kVecs multiply-adds. Smaller blocks at the edges are instantiated as well.
#pragma once

#include <cstddef>

#include "attention.h"

namespace packtrain {
namespace {

enum class Left {
    kRows,     // A[row * lda + k]
    kColumns,  // A[k * lda + row]
};

enum class Into {
    kOverwrite,
    kAdd,
    kScaledAdd,  // C = C * scales[row] + A B
};

template <class V>
struct Product {
    const typename V::Cell* a;
    ptrdiff_t lda;
    const typename V::Cell* b;
    ptrdiff_t ldb;
    int k;  // cells
    float* c;
    ptrdiff_t ldc;
    const float* scales;
};

template <class V, Left kLeft, Into kInto, int kR, int kN>
void product_block(const Product<V>& p) {
    typename V::Vec sums[kR][kN];
    float* const c = p.c;
    const ptrdiff_t ldc = p.ldc;
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
        for (int n = 0; n < kN; ++n) {
            if constexpr (kInto == Into::kOverwrite) {
                sums[r][n] = V::zero();
            } else if constexpr (kInto == Into::kAdd) {
                sums[r][n] = V::load(c + r * ldc + n * V::kLanes);
            } else {
                sums[r][n] = V::mul(V::load(c + r * ldc + n * V::kLanes), V::all(p.scales[r]));
            }
        }
    }
    const typename V::Cell* a = p.a;
    const typename V::Cell* b = p.b;
    const ptrdiff_t a_row = kLeft == Left::kRows ? p.lda : 1;
    const ptrdiff_t a_step = kLeft == Left::kRows ? 1 : p.lda;
    const ptrdiff_t ldb = p.ldb;
    for (int k = p.k; k > 0; --k, a += a_step, b += ldb) {
        typename V::Cells right[kN];
#pragma GCC unroll 8
        for (int n = 0; n < kN; ++n) {
            right[n] = V::load_cells(b + n * V::kLanes);
        }
#pragma GCC unroll 8
        for (int r = 0; r < kR; ++r) {
            const typename V::Cells left = V::broadcast(a + r * a_row);
#pragma GCC unroll 8
            for (int n = 0; n < kN; ++n) {
                sums[r][n] = V::dot(left, right[n], sums[r][n]);
            }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
        for (int n = 0; n < kN; ++n) {
            V::store(c + r * ldc + n * V::kLanes, sums[r][n]);
        }
    }
}

// The block of the wanted size, found by counting down.
template <class V, Left kLeft, Into kInto, int kR = V::kRows, int kN = V::kVecs>
void product_of_size(int rows, int vecs, const Product<V>& p) {
    if constexpr (kR > 1) {
        if (rows < kR) {
            return product_of_size<V, kLeft, kInto, kR - 1, kN>(rows, vecs, p);
        }
    }
    if constexpr (kN > 1) {
        if (vecs < kN) {
            return product_of_size<V, kLeft, kInto, kR, kN - 1>(rows, vecs, p);
        }
    }
    product_block<V, kLeft, kInto, kR, kN>(p);
}

// C of rows <= kRows x columns, a multiple of kLanes.
template <class V, Left kLeft, Into kInto>
void product(int rows, int columns, Product<V> p) {
    for (int vecs = columns / V::kLanes; vecs > 0; vecs -= V::kVecs) {
        product_of_size<V, kLeft, kInto>(rows, vecs < V::kVecs ? vecs : V::kVecs, p);
        p.b += V::kVecs * V::kLanes;
        p.c += V::kVecs * V::kLanes;
    }
}

}  // namespace
}  // namespace packtrain
