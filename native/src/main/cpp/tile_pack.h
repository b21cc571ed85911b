// Blocks of rows of q, k, v and dO in the layouts that the products read, without strides.
//
//   columns: cells [depth / kPair, kTileRows]: the block transposed, for products over head_dim
//   rows:    cells [kTileRows / kPair, head_dim]: for products over the block's rows; a cell holds rows 2 r and 2 r + 1
//   turned:  cells [head_dim, kTileRows / kPair]: the block transposed, for such products as their left operand
//
// Rows that do not exist are zero. With fp32 cells the rows layout is also the plain fp32 copy of the block.
#pragma once

#include <cstring>

#include "attention.h"

namespace packtrain {
namespace {

constexpr int kMaxHeadDim = 256;

static_assert(kTileRows == kTileKeys, "the layouts serve blocks of rows and of keys");

// Of head_dim, where products run over it: what is added is zero.
template <class V>
constexpr int depth(int head_dim) {
    return (head_dim + V::kDepth - 1) / V::kDepth * V::kDepth;
}

template <class V>
constexpr size_t packed_cells(int head_dim) {
    return static_cast<size_t>(kTileRows) * depth<V>(head_dim) / V::kPair;
}

template <class V, class Io>
void pack_rows(const Io* from, ptrdiff_t stride, int rows, int head_dim, typename V::Cell* to) {
    if constexpr (V::kPair == 2) {
        alignas(64) static const Io kZeros[256] = {};
        for (int r = 0; r < kTileRows; r += 2) {
            const Io* x = r < rows ? from + r * stride : kZeros;
            const Io* y = r + 1 < rows ? from + (r + 1) * stride : kZeros;
            for (int d = 0; d < head_dim; d += V::kLanes) {
                V::pair_rows(x + d, y + d, to + r / 2 * head_dim + d);
            }
        }
    } else {
        for (int r = 0; r < rows; ++r) {
            for (int d = 0; d < head_dim; d += V::kLanes) {
                V::store(to + r * head_dim + d, V::load(from + r * stride + d));
            }
        }
        memset(to + rows * head_dim, 0, static_cast<size_t>(kTileRows - rows) * head_dim * sizeof(float));
    }
}

// Rows of pairs one after the other, of depth / kPair cells each.
template <class V, class Io>
void copy_rows(const Io* from, ptrdiff_t stride, int rows, int head_dim, typename V::Cell* to) {
    static_assert(sizeof(Io) * V::kPair == sizeof(typename V::Cell), "the elements are numbers of cells");
    for (int r = 0; r < rows; ++r, to += depth<V>(head_dim) / V::kPair) {
        memcpy(to, from + r * stride, head_dim * sizeof(Io));
        memset(to + head_dim / V::kPair, 0, (depth<V>(head_dim) - head_dim) * sizeof(Io));
    }
}

// `from` has kTileRows rows of `length` cells.
template <class V>
void transpose_cells(const typename V::Cell* from, ptrdiff_t stride, int length, typename V::Cell* to) {
    for (int d = 0; d < length; d += V::kLanes) {
        const int count = length - d < V::kLanes ? length - d : V::kLanes;
        for (int r = 0; r < kTileRows; r += V::kLanes) {
            V::transpose(reinterpret_cast<const float*>(from + r * stride + d), stride,
                         reinterpret_cast<float*>(to + d * kTileRows + r), kTileRows, count);
        }
    }
}

// `spare` has packed_cells. With pairs the stride is even, so that rows begin at a cell.
template <class V, class Io>
void pack_columns(const Io* from, ptrdiff_t stride, int rows, int head_dim, typename V::Cell* spare,
                  typename V::Cell* to) {
    const int length = head_dim / V::kPair, added = (depth<V>(head_dim) - head_dim) / V::kPair;
    memset(to + length * kTileRows, 0, static_cast<size_t>(added) * kTileRows * sizeof(*to));
    if (rows == kTileRows && sizeof(Io) * V::kPair == sizeof(typename V::Cell)) {
        const auto* cells = reinterpret_cast<const typename V::Cell*>(from);
        return transpose_cells<V>(cells, stride / V::kPair, length, to);
    }
    if constexpr (V::kPair == 2) {
        for (int r = 0; r < rows; ++r) {
            memcpy(spare + r * length, from + r * stride, head_dim * sizeof(Io));
        }
        memset(spare + rows * length, 0, static_cast<size_t>(kTileRows - rows) * length * sizeof(*spare));
    } else {
        pack_rows<V>(from, stride, rows, head_dim, spare);
    }
    transpose_cells<V>(spare, length, length, to);
}

// `spare` has 2 packed_cells.
template <class V, class Io>
void pack_turned(const Io* from, ptrdiff_t stride, int rows, int head_dim, typename V::Cell* spare, typename V::Cell* to) {
    static_assert(V::kPair == 2 && sizeof(Io) * V::kPair == sizeof(typename V::Cell), "pairs are split");
    constexpr int kLength = kTileRows / V::kPair;
    typename V::Cell* columns = spare + packed_cells<V>(head_dim);
    pack_columns<V>(from, stride, rows, head_dim, spare, columns);
    for (int d = 0; d < head_dim; d += 2) {
        for (int r = 0; r < kLength; r += V::kLanes) {
            V::split_pairs(columns + d / 2 * kTileRows + 2 * r, to + d * kLength + r, to + (d + 1) * kLength + r);
        }
    }
}

}  // namespace
}  // namespace packtrain
