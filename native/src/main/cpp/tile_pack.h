// Blocks of rows of q, k, v and dO in the two layouts that the products read, without strides.
//
//   columns: cells [head_dim / kPair, kTileRows]: the block transposed, for products over head_dim
//   rows:    cells [kTileRows / kPair, head_dim]: for products over the block's rows; a cell holds rows 2 r and 2 r + 1
//
// Rows that do not exist are zero. With fp32 cells the rows layout is also the plain fp32 copy of the block.
#pragma once

#include <cstring>

#include "attention.h"

namespace packtrain {
namespace {

static_assert(kTileRows == kTileKeys, "the layouts serve blocks of rows and of keys");

template <class V>
constexpr size_t packed_cells(int head_dim) {
    return static_cast<size_t>(kTileRows) * head_dim / V::kPair;
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
    const int length = head_dim / V::kPair;
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

}  // namespace
}  // namespace packtrain
