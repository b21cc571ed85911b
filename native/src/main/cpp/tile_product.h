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

// sums += A B over `length` cells of k: what all products have in common.
template <class V, int kR, int kN>
inline __attribute__((always_inline)) void add_products(typename V::Vec (&sums)[kR][kN], const typename V::Cell* a,
                                                        ptrdiff_t a_row, ptrdiff_t a_step, const typename V::Cell* b,
                                                        ptrdiff_t ldb, int length) {
    for (int k = length; k > 0; --k, a += a_step, b += ldb) {
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
}

// Operands by value and so in registers: read back from a struct in memory, where the compiler had put them together by a
// vector store, they would wait for all stores of the block before.
template <class V, Left kLeft, Into kInto, int kR, int kN>
__attribute__((noinline)) void product_block(const typename V::Cell* a, ptrdiff_t lda, const typename V::Cell* b,
                                             ptrdiff_t ldb, int length, float* c, ptrdiff_t ldc, const float* scales) {
    typename V::Vec sums[kR][kN];
#pragma GCC unroll 8
    for (int r = 0; r < kR; ++r) {
#pragma GCC unroll 8
        for (int n = 0; n < kN; ++n) {
            if constexpr (kInto == Into::kOverwrite) {
                sums[r][n] = V::zero();
            } else if constexpr (kInto == Into::kAdd) {
                sums[r][n] = V::load(c + r * ldc + n * V::kLanes);
            } else {
                sums[r][n] = V::mul(V::load(c + r * ldc + n * V::kLanes), V::all(scales[r]));
            }
        }
    }
    add_products<V>(sums, a, kLeft == Left::kRows ? lda : 1, kLeft == Left::kRows ? 1 : lda, b, ldb, length);
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
inline __attribute__((always_inline)) void product_of_size(int rows, int vecs, const Product<V>& p) {
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
    product_block<V, kLeft, kInto, kR, kN>(p.a, p.lda, p.b, p.ldb, p.k, p.c, p.ldc, p.scales);
}

// The same where V multiplies whole matrices. Rows are rounded up to a multiple of 16, for which A and C have memory.
template <class V, bool kAdd>
void matrix_product(int rows, int columns, const Product<V>& p) {
    for (int n = 0; n < columns; n += 32) {
        for (int m = 0; m < rows; m += 32) {
            const typename V::Cell *a = p.a + m * p.lda, *b = p.b + n;
            float* c = p.c + m * p.ldc + n;
            if (rows - m > 16) {
                columns - n > 16 ? V::template multiply<kAdd, 2, 2>(a, p.lda, b, p.ldb, p.k, c, p.ldc)
                                 : V::template multiply<kAdd, 2, 1>(a, p.lda, b, p.ldb, p.k, c, p.ldc);
            } else {
                columns - n > 16 ? V::template multiply<kAdd, 1, 2>(a, p.lda, b, p.ldb, p.k, c, p.ldc)
                                 : V::template multiply<kAdd, 1, 1>(a, p.lda, b, p.ldb, p.k, c, p.ldc);
            }
        }
    }
}

// C of rows x columns, columns a multiple of kLanes. Columns outside, so that a part of B serves all rows from the cache.
template <class V, Left kLeft, Into kInto>
inline __attribute__((always_inline)) void product(int rows, int columns, Product<V> p) {
    if constexpr (V::kMatrix) {
        static_assert(kLeft == Left::kRows && kInto != Into::kScaledAdd, "what matrix products are asked for");
        return matrix_product<V, kInto == Into::kAdd>(rows, columns, p);
    }
    const ptrdiff_t a_rows = V::kRows * (kLeft == Left::kRows ? p.lda : 1);
    for (int vecs = columns / V::kLanes; vecs > 0; vecs -= V::kVecs) {
        Product<V> block = p;
        for (int left = rows; left > 0; left -= V::kRows) {
            product_of_size<V, kLeft, kInto>(left < V::kRows ? left : V::kRows, vecs < V::kVecs ? vecs : V::kVecs, block);
            block.a += a_rows;
            block.c += V::kRows * p.ldc;
            block.scales += kInto == Into::kScaledAdd ? V::kRows : 0;
        }
        p.b += V::kVecs * V::kLanes;
        p.c += V::kVecs * V::kLanes;
    }
}

}  // namespace
}  // namespace packtrain
