// The mask and the tiles of a pack in native memory: made once, used by all layers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace packtrain {

constexpr int kTileRows = 64;
constexpr int kTileKeys = 64;

// Lists of tiles as in TilePlan.Lists of Java: list i is tiles[starts[i]] .. tiles[starts[i + 1] - 1], each (j << 1) | partial.
struct TileLists {
    int32_t* starts;
    int32_t* tiles;
    int num_lists;
};

// A range of blocks of keys whose dK, dV and share of dQ are one task for each kv head.
struct KeyChunk {
    int begin_block, end_block;          // blocks of keys
    int begin_row_block, end_row_block;  // blocks of rows that they touch
    int64_t first_row;                   // where its part of dQ begins in a head's partial sums
};

struct AttentionPlan {
    int num_rows, num_keys;
    bool causal;
    bool has_lower, has_upper;  // whether any key has such an interval
    // [num_keys rounded up to a block]: row r is hidden from key c if lower_start[c] <= r < lower_end[c], or the same with
    // upper. Keys that do not exist are hidden from all rows.
    int32_t *lower_start, *lower_end, *upper_start, *upper_end;
    TileLists by_row, by_key;
    int32_t* row_order;  // blocks of rows, those with most tiles first
    KeyChunk* chunks;    // room for one a block of keys; filled by cut_chunks
    char* workspace;
    size_t workspace_bytes;
};

struct MaskArrays {
    int num_rows, num_keys;
    bool causal;
    const int32_t *lower_start, *lower_end, *upper_start, *upper_end;  // [num_keys]
};

// Copies everything; null if there is no memory. The lists belong to tiles of kTileRows x kTileKeys.
AttentionPlan* create_plan(const MaskArrays& mask, const TileLists& by_row, const TileLists& by_key);
void destroy_plan(AttentionPlan* plan);

// Cuts the blocks of keys into chunks of about equal work for about num_tasks / num_kv_heads tasks a head; returns how
// many. It depends on the plan and the number of heads only. *partial_rows is the rows of partial dQ of one head.
int cut_chunks(AttentionPlan& plan, int num_kv_heads, int64_t* partial_rows);

// At least this many bytes at a multiple of 64, kept for the next call; null if there is no memory.
char* plan_workspace(AttentionPlan& plan, size_t bytes);

inline int num_blocks(int length, int block) {
    return (length + block - 1) / block;
}

}  // namespace packtrain
