#include "masks.h"

#include <algorithm>
#include <climits>
#include <numeric>
#include <random>

namespace packtrain {

Mask full(int num_rows, int num_keys) {
    return Mask{"full", num_rows, num_keys, std::vector<HiddenRows>(num_keys, HiddenRows{0, 0, 0, 0})};
}

Mask causal(int num_rows) {
    Mask mask = full(num_rows, num_rows);
    mask.name = "causal";
    for (int key = 0; key < num_rows; ++key) {
        mask.hidden[key].upper_end = key;
    }
    return mask;
}

Mask sliding_window(int num_rows, int window) {
    Mask mask = causal(num_rows);
    mask.name = "sliding window";
    for (int key = 0; key < num_rows; ++key) {
        mask.hidden[key].lower_begin = key + window;
        mask.hidden[key].lower_end = num_rows;
    }
    return mask;
}

Mask documents(const std::vector<int>& lengths, bool causal_inside) {
    const int num_rows = std::accumulate(lengths.begin(), lengths.end(), 0);
    Mask mask = full(num_rows, num_rows);
    mask.name = causal_inside ? "causal documents" : "documents";
    int begin = 0;
    for (int length : lengths) {
        for (int key = begin; key < begin + length; ++key) {
            mask.hidden[key] = HiddenRows{begin + length, num_rows, 0, causal_inside ? key : begin};
        }
        begin += length;
    }
    return mask;
}

Mask prefix_documents(const std::vector<int>& lengths, int prefix) {
    Mask mask = documents(lengths, true);
    mask.name = "prefix documents";
    int begin = 0;
    for (int length : lengths) {
        for (int key = begin; key < begin + std::min(prefix, length); ++key) {
            mask.hidden[key].upper_end = begin;
        }
        begin += length;
    }
    return mask;
}

Mask eviction(int num_rows, int first_empty, int last_empty) {
    Mask mask = causal(num_rows);
    mask.name = "eviction, empty rows";
    std::mt19937 random(7);
    for (int key = 0; key < num_rows; ++key) {
        HiddenRows& hidden = mask.hidden[key];
        hidden.lower_begin = key + 1 + static_cast<int>(random() % (num_rows - key));
        hidden.lower_end = num_rows;
        if (key <= last_empty) {
            hidden.lower_begin = std::min(hidden.lower_begin, first_empty);
            hidden.upper_end = key;
        }
    }
    return mask;
}

namespace {

bool hidden_from(const HiddenRows& hidden, int row) {
    return (hidden.lower_begin <= row && row < hidden.lower_end) || (hidden.upper_begin <= row && row < hidden.upper_end);
}

int overlap(int begin, int end, int from, int to) { return std::max(0, std::min(end, to) - std::max(begin, from)); }

// Rows of [from, to) that one key is hidden from.
int num_hidden(const HiddenRows& hidden, int from, int to) {
    const int both = overlap(std::max(hidden.lower_begin, hidden.upper_begin), std::min(hidden.lower_end, hidden.upper_end),
                             from, to);
    return overlap(hidden.lower_begin, hidden.lower_end, from, to) +
           overlap(hidden.upper_begin, hidden.upper_end, from, to) - both;
}

std::vector<int32_t> longest_first(const std::vector<int32_t>& starts) {
    std::vector<int32_t> order(starts.size() - 1);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return starts[a + 1] - starts[a] > starts[b + 1] - starts[b]; });
    return order;
}

}  // namespace

bool sees(const Mask& mask, int row, int key) { return !hidden_from(mask.hidden[key], row); }

Plan plan(const Mask& mask) {
    const int row_blocks = (mask.num_rows + kRowBlock - 1) / kRowBlock;
    const int key_blocks = (mask.num_keys + kKeyBlock - 1) / kKeyBlock;
    Plan plan = {};
    plan.padded_rows = row_blocks * kRowBlock;
    plan.hidden = mask.hidden;
    plan.hidden.resize(key_blocks * kKeyBlock, HiddenRows{0, INT_MAX, 0, 0});
    std::vector<std::vector<int32_t>> of_keys(key_blocks);
    plan.row_starts.push_back(0);
    for (int i = 0; i < row_blocks; ++i) {
        const int from = i * kRowBlock;
        const int to = std::min(from + kRowBlock, mask.num_rows);
        for (int j = 0; j < key_blocks; ++j) {
            const int last = std::min((j + 1) * kKeyBlock, mask.num_keys);
            int64_t hidden = 0;
            for (int key = j * kKeyBlock; key < last; ++key) {
                hidden += num_hidden(mask.hidden[key], from, to);
            }
            const int64_t all = static_cast<int64_t>(to - from) * (last - j * kKeyBlock);
            plan.num_seen += all - hidden;
            if (hidden < all) {
                plan.row_tiles.push_back(j << 1 | (hidden > 0 ? 1 : 0));
                of_keys[j].push_back(i << 1 | (hidden > 0 ? 1 : 0));
            }
        }
        plan.row_starts.push_back(static_cast<int32_t>(plan.row_tiles.size()));
    }
    plan.key_starts.push_back(0);
    for (const std::vector<int32_t>& tiles : of_keys) {
        plan.key_tiles.insert(plan.key_tiles.end(), tiles.begin(), tiles.end());
        plan.key_starts.push_back(static_cast<int32_t>(plan.key_tiles.size()));
    }
    plan.row_order = longest_first(plan.row_starts);
    plan.key_order = longest_first(plan.key_starts);
    return plan;
}

}  // namespace packtrain
