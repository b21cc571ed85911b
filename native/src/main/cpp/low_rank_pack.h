// How the operands of low_rank.h are laid out for the vectors V of the including file, for elements E.
#pragma once

#include "attention.h"
#include "low_rank.h"
#include "low_rank_lanes.h"

namespace packtrain {
namespace {

template <class V, class E>
struct LowRankPacking {
    using Cell = typename V::Cell;
    // Numbers of a packed p.
    using Packed = typename Choose<V::kPair == 2, Bf16, float>::Type;

    static constexpr int kPair = V::kPair;

    static float number(const float* p) { return *p; }
    static float number(const Bf16* p) { return as_float(*p); }
    static void put(float* p, float x) { *p = x; }
    static void put(Bf16* p, float x) { *p = as_bf16(x); }

    static void pack_to_project(
        const NarrowMatrix& p, void* packed, const Place& place, int64_t begin, int64_t end) {
        const E* from = reinterpret_cast<const E*>(p.data);
        Packed* to = static_cast<Packed*>(packed);
        for (int64_t c = begin; c < end; ++c) {
            for (int64_t r = 0; r < p.rank; ++r) {
                put(to + place.of(r, c), number(from + r * p.rank_stride + c * p.col_stride));
            }
        }
    }

    static void pack_to_add(
        const NarrowMatrix& p, void* packed, const Place& place, int64_t begin, int64_t end) {
        const E* from = reinterpret_cast<const E*>(p.data);
        Packed* to = static_cast<Packed*>(packed);
        for (int64_t c = begin; c < end; ++c) {
            for (int64_t r = 0; r < p.rank; ++r) {
                const int64_t column = c % kColumnTile;
                Packed* ranks = to + place.of(r / kPair * kPair, c - column);
                put(ranks + column * kPair + r % kPair, number(from + r * p.rank_stride + c * p.col_stride));
            }
        }
    }

    // Cells of two rows, or of one and zeros; [ceil(rows / kPair), rank].
    static void pack_factor(const float* u, int64_t stride, float scale, int64_t rows, int64_t rank, Cell* to) {
        for (int64_t t = 0; t < rows; t += kPair) {
            const float* x = u + t * stride;
            Cell* cells = to + t / kPair * rank;
            if constexpr (kPair == 2) {
                const float second = t + 1 < rows ? scale : 0;
                const float* y = t + 1 < rows ? x + stride : x;
                for (int64_t r = 0; r < rank; ++r) {
                    const uint32_t high = bf16_bits(second == 0 ? 0 : second * y[r]);
                    cells[r] = bf16_bits(scale * x[r]) | high << 16;
                }
            } else {
                for (int64_t r = 0; r < rank; ++r) {
                    cells[r] = scale * x[r];
                }
            }
        }
    }

    static void add_sums(
        const NarrowMatrix& g, const float* sums, const Place& place, int64_t begin, int64_t end) {
        E* to = reinterpret_cast<E*>(g.data);
        for (int64_t c = begin; c < end; ++c) {
            const int64_t column = place_of<V>(c);
            for (int64_t r = 0; r < g.rank; ++r) {
                E* element = to + r * g.rank_stride + c * g.col_stride;
                put(element, number(element) + sums[place.of(r, column)]);
            }
        }
    }
};

}  // namespace
}  // namespace packtrain
