// Products of a matrix of many rows with the narrow matrices of low-rank adapters (Hu et al. 2021, arXiv 2106.09685).
//
// Of m [rows, cols], narrow p [rank, cols] and factor u [rows, rank]:
//     project    u = scale * m p^T
//     outer      g += scale * u^T m          (g like p)
//     add        m += scale * u p
// BLAS makes them at a third of its speed or less, for its tiles are wider than these matrices are. Here a row of m is read
// once for all narrow matrices, and project and outer share the pass; what bounds them is the arithmetic while m comes out
// of a cache, then memory.
//
// Elements are fp32 or bf16; u is fp32 in memory and rounded to bf16 where products are of bf16 pairs; sums are fp32, and a
// result is rounded once. Ranks are padded with zeros to multiples of kRankTile, columns to multiples of kColumnTile. All
// cuts depend on shapes alone, so bits do not depend on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace packtrain {

constexpr int64_t kRankTile = 8;
constexpr int64_t kColumnTile = 64;

// p or g: number (r, c) is element r * rank_stride + c * col_stride.
struct NarrowMatrix {
    char* data;
    int64_t rank;
    int64_t rank_stride;
    int64_t col_stride;
};

// Rows `stride` elements apart.
struct WideMatrix {
    char* data;
    int64_t stride;
    int64_t cols;
};

// fp32 [rows, padded rank], rows `stride` apart; null: none.
struct Factor {
    float* data;
    int64_t stride;
    float scale;
};

// What one pass over m makes; either may be left out.
struct ReadPass {
    WideMatrix m;
    int64_t padded_rank;
    const void* packed;  // by pack_to_project
    Factor projected;    // written
    Factor factor;       // of the outer product
};

struct AddPass {
    WideMatrix m;
    int64_t padded_rank;
    const void* packed;  // by pack_to_add
    Factor factor;
};

constexpr int64_t padded(int64_t size, int64_t tile) {
    return (size + tile - 1) / tile * tile;
}

// Where the numbers of a narrow matrix are among those of all, padded: [columns / kColumnTile, padded rank, kColumnTile].
// A tile is contiguous, for rows that lie a power of two apart would push each other out of a cache.
struct Place {
    int64_t padded_rank;  // of all
    int64_t first_rank;   // of this one

    int64_t of(int64_t rank, int64_t column) const {
        return (column / kColumnTile * padded_rank + first_rank + rank) * kColumnTile + column % kColumnTile;
    }
};

// The functions of an instruction set and an element type; each does its part in the calling thread.
struct LowRank {
    // Columns begin..end-1 of p into a packed matrix that is zero where nothing is written.
    void (*pack_to_project)(
        const NarrowMatrix& p, void* packed, const Place& place, int64_t begin, int64_t end);
    void (*pack_to_add)(
        const NarrowMatrix& p, void* packed, const Place& place, int64_t begin, int64_t end);
    // Rows begin..end-1; sums: fp32, zero in the beginning, for the outer product alone.
    void (*read)(const ReadPass& pass, float* sums, int64_t begin, int64_t end);
    void (*add)(const AddPass& pass, int64_t begin, int64_t end);
    // Columns begin..end-1 of g += those of the sums of the outer product.
    void (*add_sums)(
        const NarrowMatrix& g, const float* sums, const Place& place, int64_t begin, int64_t end);
};

// Indexed by the type of the elements.
struct LowRankTables {
    LowRank fp32;
    LowRank bf16;
};

LowRankTables low_rank_portable();
LowRankTables low_rank_avx2fma();
LowRankTables low_rank_avx512();
LowRankTables low_rank_avx512bf16();

// A call: narrow matrices side by side, with ranks padded one by one.
struct LowRankCall {
    const LowRank* table;
    int threads;  // 0: libtorch's
    int64_t rows;
    WideMatrix m;
    const NarrowMatrix* p;  // of project and add; null: none
    const NarrowMatrix* g;  // of outer; null: none
    int64_t count;          // of p, of g
    Factor projected;
    Factor factor;
};

// Both false where there was no memory for the workspace; nothing has been written then.
bool low_rank_read(const LowRankCall& call);
bool low_rank_add(const LowRankCall& call);

}  // namespace packtrain
