// Cuts the work of low_rank.h into tasks and adds up what they leave.
#include "low_rank.h"

#include <cstdlib>

#include "parallel.h"

namespace packtrain {
namespace {

constexpr int64_t kTaskRows = 128;       // many times a block of rows that stays in a cache
constexpr int64_t kMaxSums = 64;         // tasks that have sums of their own
constexpr int64_t kSumsBytes = 8 << 20;  // and what these may take, but for 2 tasks at least
constexpr int64_t kTaskColumns = 256;     // whole tiles
constexpr int64_t kSmall = 16384;        // numbers of narrow matrices

int64_t padded_rank(const NarrowMatrix* matrices, int64_t count) {
    int64_t rank = 0;
    for (int64_t i = 0; i < count; ++i) {
        rank += padded(matrices[i].rank, kRankTile);
    }
    return rank;
}

// Body: (first column, column behind the last); begins are whole tiles.
template <typename Body>
void for_columns(const LowRankCall& call, int threads, Body body) {
    const int64_t tasks = (call.m.cols + kTaskColumns - 1) / kTaskColumns;
    parallel_for(tasks, threads, Share::kStatic, [&](int64_t task, int) {
        const int64_t begin = task * kTaskColumns;
        body(begin, begin + kTaskColumns < call.m.cols ? begin + kTaskColumns : call.m.cols);
    });
}

// Body: (matrix, its place).
template <typename Body>
void for_matrices(const LowRankCall& call, const NarrowMatrix* matrices, int64_t rank, Body body) {
    Place place = {rank, 0};
    for (int64_t i = 0; i < call.count; ++i) {
        body(matrices[i], place);
        place.first_rank += padded(matrices[i].rank, kRankTile);
    }
}

using PackFn = decltype(LowRank::pack_to_add);

// Waking threads costs more than packing a small matrix.
void pack(const LowRankCall& call, PackFn pack_columns, void* packed, int64_t rank) {
    const int threads = rank * call.m.cols <= kSmall ? 1 : call.threads;
    for_columns(call, threads, [&](int64_t begin, int64_t end) {
        for_matrices(call, call.p, rank, [&](const NarrowMatrix& p, const Place& place) {
            pack_columns(p, packed, place, begin, end);
        });
    });
}

// Body: (task, first row, row behind the last).
template <typename Body>
void for_rows(const LowRankCall& call, int64_t task_rows, Body body) {
    const int64_t tasks = (call.rows + task_rows - 1) / task_rows;
    parallel_for(tasks, call.threads, Share::kStatic, [&](int64_t task, int) {
        const int64_t end = (task + 1) * task_rows;
        body(task, task * task_rows, end < call.rows ? end : call.rows);
    });
}

// Rows of a task that has sums of its own.
int64_t rows_with_sums(int64_t rows, int64_t floats) {
    int64_t tasks = kSumsBytes / static_cast<int64_t>(sizeof(float)) / floats;
    tasks = tasks > kMaxSums ? kMaxSums : tasks < 2 ? 2 : tasks;
    const int64_t task_rows = padded((rows + tasks - 1) / tasks, 2);
    return task_rows < kTaskRows ? kTaskRows : task_rows;
}

// Sums of all tasks into those of the first, in order; then into the gradients.
void add_gradients(const LowRankCall& call, float* sums, int64_t tasks, int64_t rank, int64_t floats) {
    for_columns(call, call.threads, [&](int64_t begin, int64_t end) {
        const int64_t first = begin * rank, last = padded(end, kColumnTile) * rank;
        for (int64_t task = 1; task < tasks; ++task) {
            const float* part = sums + task * floats;
            for (int64_t i = first; i < last; ++i) {
                sums[i] += part[i];
            }
        }
        for_matrices(call, call.g, rank, [&](const NarrowMatrix& g, const Place& place) {
            call.table->add_sums(g, sums, place, begin, end);
        });
    });
}

}  // namespace

bool low_rank_read(const LowRankCall& call) {
    const int64_t rank = padded_rank(call.p != nullptr ? call.p : call.g, call.count);
    const int64_t cols = padded(call.m.cols, kColumnTile);
    const int64_t floats = rank * cols;
    const int64_t task_rows = call.g != nullptr ? rows_with_sums(call.rows, floats) : kTaskRows;
    const int64_t tasks = call.g != nullptr ? (call.rows + task_rows - 1) / task_rows : 0;
    void* packed = call.p != nullptr ? calloc(static_cast<size_t>(floats), sizeof(float)) : nullptr;
    float* sums = nullptr;
    if (call.g != nullptr) {
        sums = static_cast<float*>(calloc(static_cast<size_t>(floats * tasks), sizeof(float)));
    }
    const bool ready = (call.p == nullptr || packed != nullptr) && (call.g == nullptr || sums != nullptr);
    if (ready) {
        if (call.p != nullptr) {
            pack(call, call.table->pack_to_project, packed, rank);
        }
        const ReadPass pass = {call.m, rank, packed, call.projected, call.factor};
        for_rows(call, task_rows, [&](int64_t task, int64_t begin, int64_t end) {
            call.table->read(pass, sums != nullptr ? sums + task * floats : nullptr, begin, end);
        });
        if (call.g != nullptr) {
            add_gradients(call, sums, tasks, rank, floats);
        }
    }
    free(packed);
    free(sums);
    return ready;
}

bool low_rank_add(const LowRankCall& call) {
    const int64_t rank = padded_rank(call.p, call.count);
    const int64_t cols = padded(call.m.cols, kColumnTile);
    void* packed = calloc(static_cast<size_t>(rank * cols), sizeof(float));
    if (packed == nullptr) {
        return false;
    }
    pack(call, call.table->pack_to_add, packed, rank);
    const AddPass pass = {call.m, rank, packed, call.factor};
    for_rows(call, kTaskRows, [&](int64_t, int64_t begin, int64_t end) { call.table->add(pass, begin, end); });
    free(packed);
    return true;
}

}  // namespace packtrain
