// low_rank.h in the vectors V of the including file, for elements E.
//
// Where V multiplies pairs, a cell of project is two columns of a row, one of outer two rows of a column, one of add two
// ranks: each the two numbers that are added up.
#pragma once

#include <cstring>

#include "attention.h"
#include "low_rank.h"
#include "low_rank_pack.h"

namespace packtrain {
namespace {

constexpr int64_t kBlockBytes = 256 << 10;  // of m: a block stays in a second-level cache while it is used twice
constexpr int64_t kMaxBlockRows = 128;
constexpr int64_t kFactorCells = 16384;

template <class V, class E>
struct LowRankBody {
    using Vec = typename V::Vec;
    using Cell = typename V::Cell;
    using Cells = typename V::Cells;
    using Packing = LowRankPacking<V, E>;
    using Packed = typename Packing::Packed;
    static constexpr int kLanes = V::kLanes;
    static constexpr int kPair = V::kPair;
    static constexpr bool kManyRegisters = kLanes == 16;
    static constexpr int kProjectRows = 3, kRanks = kManyRegisters ? 8 : 4;
    static constexpr int kAddRows = 4, kAddVecs = kManyRegisters ? 4 : 2;

    // kLanes * kPair numbers of a row.
    static Cells numbers(const E* p) {
        if constexpr (kPair == 2) {
            return V::load_cells(reinterpret_cast<const Cell*>(p));
        } else {
            return V::load(p);
        }
    }

    // The columns behind the last whole tile, with zeros up to the end of the tile.
    struct Tail {
        E rows[kMaxBlockRows * kColumnTile];

        void copy(const E* m, int64_t stride, int64_t rows_here, int64_t from, int64_t cols) {
            std::memset(rows, 0, sizeof(E) * static_cast<size_t>(rows_here * kColumnTile));
            for (int64_t t = 0; t < rows_here; ++t) {
                std::memcpy(rows + t * kColumnTile, m + t * stride + from, sizeof(E) * static_cast<size_t>(cols - from));
            }
        }
    };

    // A block of rows of m.
    struct Block {
        const E* m;
        int64_t stride;
        int64_t rows;
        int64_t whole_cols;  // in whole tiles; the others are in the tail
        int64_t padded_cols;
        const Tail* tail;

        const E* at(int64_t row, int64_t col) const {
            return col < whole_cols ? m + row * stride + col : tail->rows + row * kColumnTile + (col - whole_cols);
        }
        int64_t stride_at(int64_t col) const { return col < whole_cols ? stride : kColumnTile; }
    };

    template <int kRows>
    static void project(const Block& block, int64_t row, const ReadPass& pass, float* to) {
        const Packed* packed = static_cast<const Packed*>(pass.packed);
        for (int64_t r = 0; r < pass.padded_rank; r += kRanks) {
            Vec sums[kRows][kRanks];
            for (int i = 0; i < kRows; ++i) {
                for (int j = 0; j < kRanks; ++j) {
                    sums[i][j] = V::zero();
                }
            }
            for (int64_t tile = 0; tile < block.padded_cols; tile += kColumnTile) {
                const E* x = block.at(row, tile);
                const int64_t stride = block.stride_at(tile);
                const Packed* p = packed + tile * pass.padded_rank + r * kColumnTile;
                for (int c = 0; c < kColumnTile; c += kLanes * kPair) {
                    Cells cells[kRows];
                    for (int i = 0; i < kRows; ++i) {
                        cells[i] = numbers(x + i * stride + c);
                        __builtin_prefetch(x + (i + kRows) * stride + c);
                    }
                    for (int j = 0; j < kRanks; ++j) {
                        const Cells narrow = V::load_cells(reinterpret_cast<const Cell*>(p + j * kColumnTile + c));
                        for (int i = 0; i < kRows; ++i) {
                            sums[i][j] = V::dot(cells[i], narrow, sums[i][j]);
                        }
                    }
                }
            }
            for (int i = 0; i < kRows; ++i) {
                float row_sums[kRanks];
                sum_each<V>(sums[i], row_sums);
                for (int j = 0; j < kRanks; ++j) {
                    to[i * pass.projected.stride + r + j] = pass.projected.scale * row_sums[j];
                }
            }
        }
    }

    static void project(const Block& block, const ReadPass& pass, float* to) {
        int64_t row = 0;
        for (; row + kProjectRows <= block.rows; row += kProjectRows) {
            project<kProjectRows>(block, row, pass, to + row * pass.projected.stride);
        }
        for (; row < block.rows; ++row) {
            project<1>(block, row, pass, to + row * pass.projected.stride);
        }
    }

    static void outer(const Block& block, const Cell* factor, int64_t rank, float* sums) {
        for (int64_t c = 0; c < block.padded_cols; c += 2 * kLanes) {
            const E* x = block.at(0, c);
            const int64_t stride = block.stride_at(c);
            for (int64_t r = 0; r < rank; r += kRanks) {
                float* at = sums + (c - c % kColumnTile) * rank + r * kColumnTile + c % kColumnTile;
                Vec total[kRanks][2];
                for (int j = 0; j < kRanks; ++j) {
                    total[j][0] = V::load(at + j * kColumnTile);
                    total[j][1] = V::load(at + j * kColumnTile + kLanes);
                }
                for (int64_t t = 0; t < block.rows; t += kPair) {
                    Cells low, high;
                    two_columns<V>(x + t * stride, t + 1 < block.rows ? stride : -1, low, high);
                    const Cell* u = factor + t / kPair * rank + r;
                    for (int j = 0; j < kRanks; ++j) {
                        const Cells each = V::broadcast(u + j);
                        total[j][0] = V::dot(low, each, total[j][0]);
                        total[j][1] = V::dot(high, each, total[j][1]);
                    }
                }
                for (int j = 0; j < kRanks; ++j) {
                    V::store(at + j * kColumnTile, total[j][0]);
                    V::store(at + j * kColumnTile + kLanes, total[j][1]);
                }
            }
        }
    }

    // Outer goes down the columns: rows come out of memory faster along themselves.
    static void fetch(const Block& block) {
        for (int64_t t = 0; t < block.rows; ++t) {
            for (int64_t c = 0; c < block.whole_cols; c += 64 / static_cast<int64_t>(sizeof(E))) {
                __builtin_prefetch(block.m + t * block.stride + c, 0, 2);
            }
        }
    }

    static int64_t block_rows(int64_t cols, int64_t rank) {
        int64_t rows = kBlockBytes / static_cast<int64_t>(sizeof(E)) / cols;
        const int64_t most = kFactorCells / rank < kMaxBlockRows ? kFactorCells / rank : kMaxBlockRows;
        rows = rows < 24 ? 24 : rows;  // a multiple of what project and outer take
        return rows < most ? rows / 6 * 6 : most / 2 * 2;
    }

    static void read(const ReadPass& pass, float* sums, int64_t begin, int64_t end) {
        Tail tail;
        alignas(64) Cell factor[kFactorCells];
        const int64_t cols = pass.m.cols, whole = cols / kColumnTile * kColumnTile;
        const int64_t step = block_rows(cols, pass.padded_rank);
        for (int64_t row = begin; row < end; row += step) {
            const E* m = reinterpret_cast<const E*>(pass.m.data) + row * pass.m.stride;
            const int64_t rows = end - row < step ? end - row : step;
            if (whole < cols) {
                tail.copy(m, pass.m.stride, rows, whole, cols);
            }
            const Block block = {m, pass.m.stride, rows, whole, padded(cols, kColumnTile), &tail};
            if (pass.projected.data != nullptr) {
                project(block, pass, pass.projected.data + row * pass.projected.stride);
            } else {
                fetch(block);
            }
            if (pass.factor.data != nullptr) {
                const Factor& u = pass.factor;
                Packing::pack_factor(u.data + row * u.stride, u.stride, u.scale, rows, pass.padded_rank, factor);
                outer(block, factor, pass.padded_rank, sums);
            }
        }
    }

    template <int kRows>
    static void add(E* m, int64_t stride, int64_t cols, const Packed* packed, const Packed* factor, int64_t rank) {
        for (int64_t c = 0; c < cols; c += kAddVecs * kLanes) {
            Vec sums[kRows][kAddVecs];
            for (int i = 0; i < kRows; ++i) {
                for (int v = 0; v < kAddVecs; ++v) {
                    sums[i][v] = V::load(m + i * stride + c + v * kLanes);
                }
            }
            for (int64_t r = 0; r < rank; r += kPair) {
                const Packed* tile = packed + (c - c % kColumnTile) * rank + r * kColumnTile;
                const Cell* p = reinterpret_cast<const Cell*>(tile) + c % kColumnTile;
                Cells narrow[kAddVecs];
                for (int v = 0; v < kAddVecs; ++v) {
                    narrow[v] = V::load_cells(p + v * kLanes);
                }
                for (int i = 0; i < kRows; ++i) {
                    const Cells each = V::broadcast(reinterpret_cast<const Cell*>(factor + i * rank + r));
                    for (int v = 0; v < kAddVecs; ++v) {
                        sums[i][v] = V::dot(narrow[v], each, sums[i][v]);
                    }
                }
            }
            for (int i = 0; i < kRows; ++i) {
                for (int v = 0; v < kAddVecs; ++v) {
                    V::store(m + i * stride + c + v * kLanes, sums[i][v]);
                }
            }
        }
    }

    template <int kRows>
    static void add(const AddPass& pass, int64_t row, Packed* factor) {
        E* m = reinterpret_cast<E*>(pass.m.data) + row * pass.m.stride;
        const int64_t rank = pass.padded_rank, cols = pass.m.cols, whole = cols / kColumnTile * kColumnTile;
        for (int i = 0; i < kRows; ++i) {
            const float* u = pass.factor.data + (row + i) * pass.factor.stride;
            for (int64_t r = 0; r < rank; ++r) {
                Packing::put(factor + i * rank + r, pass.factor.scale * u[r]);
            }
        }
        const Packed* packed = static_cast<const Packed*>(pass.packed);
        add<kRows>(m, pass.m.stride, whole, packed, factor, rank);
        if (whole < cols) {
            E tail[kRows * kColumnTile] = {};
            const size_t bytes = sizeof(E) * static_cast<size_t>(cols - whole);
            for (int i = 0; i < kRows; ++i) {
                std::memcpy(tail + i * kColumnTile, m + i * pass.m.stride + whole, bytes);
            }
            add<kRows>(tail, kColumnTile, kColumnTile, packed + whole * rank, factor, rank);
            for (int i = 0; i < kRows; ++i) {
                std::memcpy(m + i * pass.m.stride + whole, tail + i * kColumnTile, bytes);
            }
        }
    }

    static void add(const AddPass& pass, int64_t begin, int64_t end) {
        alignas(64) Packed factor[kFactorCells];
        int64_t row = begin;
        for (; row + kAddRows <= end; row += kAddRows) {
            add<kAddRows>(pass, row, factor);
        }
        for (; row < end; ++row) {
            add<1>(pass, row, factor);
        }
    }

    static LowRank table() { return {Packing::pack_to_project, Packing::pack_to_add, read, add, Packing::add_sums}; }
};

}  // namespace
}  // namespace packtrain
