#include "attention_plan.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace packtrain {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

constexpr int kTasksWanted = 32;

// A cut where rows are shared costs an addition to dQ for every shared row: only worth it for so many keys.
constexpr int kBlocksWorthACut = 1024 / kTileKeys;

template <typename T>
bool allocate(T** array, size_t count) {
    *array = static_cast<T*>(calloc(count + 1, sizeof(T)));
    return *array != nullptr;
}

bool copy_lists(TileLists* to, const TileLists& from) {
    const size_t num_tiles = static_cast<size_t>(from.starts[from.num_lists]);
    to->num_lists = from.num_lists;
    if (!allocate(&to->starts, from.num_lists + 1) || !allocate(&to->tiles, num_tiles)) {
        return false;
    }
    memcpy(to->starts, from.starts, (from.num_lists + 1) * sizeof(int32_t));
    memcpy(to->tiles, from.tiles, num_tiles * sizeof(int32_t));
    return true;
}

// Keys beyond the last get a hidden interval that holds every row.
bool copy_interval(int32_t** starts, int32_t** ends, const int32_t* from_starts, const int32_t* from_ends, int num_keys,
                   bool* any) {
    const int padded = num_blocks(num_keys, kTileKeys) * kTileKeys;
    if (!allocate(starts, padded) || !allocate(ends, padded)) {
        return false;
    }
    *any = padded > num_keys;
    for (int key = 0; key < padded; ++key) {
        (*starts)[key] = key < num_keys ? from_starts[key] : 0;
        (*ends)[key] = key < num_keys ? from_ends[key] : INT32_MAX;
        *any |= (*starts)[key] < (*ends)[key];
    }
    return true;
}

// Counting sort, so that equal lengths stay in order.
bool order_rows(AttentionPlan& plan) {
    const TileLists& rows = plan.by_row;
    int32_t* first;  // by length: the place of the first block of rows of that length
    if (!allocate(&plan.row_order, rows.num_lists) || !allocate(&first, plan.by_key.num_lists + 2)) {
        return false;
    }
    const auto length = [&rows](int i) { return rows.starts[i + 1] - rows.starts[i]; };
    for (int i = 0; i < rows.num_lists; ++i) {
        ++first[length(i)];
    }
    for (int at = 0, l = plan.by_key.num_lists; l >= 0; --l) {
        const int count = first[l];
        first[l] = at;
        at += count;
    }
    for (int i = 0; i < rows.num_lists; ++i) {
        plan.row_order[first[length(i)]++] = i;
    }
    free(first);
    return true;
}

int first_row_block(const TileLists& keys, int block) {
    return keys.tiles[keys.starts[block]] >> 1;
}

int end_row_block(const TileLists& keys, int block) {
    return (keys.tiles[keys.starts[block + 1] - 1] >> 1) + 1;
}

void close_chunk(KeyChunk& chunk, int end_block, int64_t* rows) {
    chunk.end_block = end_block;
    chunk.first_row = *rows;
    if (chunk.begin_row_block < chunk.end_row_block) {
        *rows += static_cast<int64_t>(chunk.end_row_block - chunk.begin_row_block) * kTileRows;
    }
}

}  // namespace

AttentionPlan* create_plan(const MaskArrays& mask, const TileLists& by_row, const TileLists& by_key) {
    AttentionPlan* plan = static_cast<AttentionPlan*>(calloc(1, sizeof(AttentionPlan)));
    if (plan == nullptr) {
        return nullptr;
    }
    plan->num_rows = mask.num_rows;
    plan->num_keys = mask.num_keys;
    plan->causal = mask.causal;
    const bool complete =
        copy_lists(&plan->by_row, by_row) && copy_lists(&plan->by_key, by_key) &&
        copy_interval(&plan->lower_start, &plan->lower_end, mask.lower_start, mask.lower_end, mask.num_keys,
                      &plan->has_lower) &&
        copy_interval(&plan->upper_start, &plan->upper_end, mask.upper_start, mask.upper_end, mask.num_keys,
                      &plan->has_upper) &&
        order_rows(*plan) && allocate(&plan->chunks, by_key.num_lists);
    if (!complete) {
        destroy_plan(plan);
        return nullptr;
    }
    return plan;
}

void destroy_plan(AttentionPlan* plan) {
    void* owned[] = {plan->lower_start,    plan->lower_end,     plan->upper_start,  plan->upper_end,
                     plan->by_row.starts,  plan->by_row.tiles,  plan->by_key.starts, plan->by_key.tiles,
                     plan->row_order,      plan->chunks,        plan->workspace,    plan};
    for (void* memory : owned) {
        free(memory);
    }
}

int cut_chunks(AttentionPlan& plan, int num_kv_heads, int64_t* partial_rows) {
    const TileLists& keys = plan.by_key;
    const int wanted = num_blocks(kTasksWanted, num_kv_heads);
    const int enough = num_blocks(keys.starts[keys.num_lists], wanted);  // tiles
    int count = 0;
    int tiles = 0;
    KeyChunk chunk = {0, 0, INT32_MAX, 0, 0};
    *partial_rows = 0;
    for (int block = 0; block < keys.num_lists; ++block) {
        if (keys.starts[block] == keys.starts[block + 1]) {
            continue;
        }
        const int first = first_row_block(keys, block);
        const bool shares_no_row = first >= chunk.end_row_block;
        if (tiles >= enough && (shares_no_row || block - chunk.begin_block >= kBlocksWorthACut)) {
            close_chunk(chunk, block, partial_rows);
            plan.chunks[count++] = chunk;
            chunk = {block, 0, INT32_MAX, 0, 0};
            tiles = 0;
        }
        const int end = end_row_block(keys, block);
        chunk.begin_row_block = first < chunk.begin_row_block ? first : chunk.begin_row_block;
        chunk.end_row_block = end > chunk.end_row_block ? end : chunk.end_row_block;
        tiles += keys.starts[block + 1] - keys.starts[block];
    }
    close_chunk(chunk, keys.num_lists, partial_rows);
    plan.chunks[count++] = chunk;
    return count;
}

char* plan_workspace(AttentionPlan& plan, size_t bytes) {
    if (plan.workspace_bytes < bytes) {
        free(plan.workspace);
        plan.workspace_bytes = 0;
        const size_t alignment = bytes < kHugePage ? 64 : kHugePage;
        const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
        plan.workspace = static_cast<char*>(aligned_alloc(alignment, rounded));
        if (plan.workspace != nullptr) {
            plan.workspace_bytes = bytes;
            if (alignment == kHugePage) {
                madvise(plan.workspace, rounded, MADV_HUGEPAGE);  // a wish: without it the memory is as good, if slower
            }
        }
    }
    return plan.workspace;
}

}  // namespace packtrain
