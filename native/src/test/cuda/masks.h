// Masks for the checks, as hidden rows of each key, and what a kernel reads of one: padded keys, tile lists, orders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flash_mask_args.h"

namespace packtrain {

struct Mask {
    std::string name;
    int num_rows;
    int num_keys;
    std::vector<HiddenRows> hidden;
};

Mask full(int num_rows, int num_keys);
Mask causal(int num_rows);
Mask sliding_window(int num_rows, int window);
Mask documents(const std::vector<int>& lengths, bool causal);
// Documents of which the first "prefix" rows see each other both ways.
Mask prefix_documents(const std::vector<int>& lengths, int prefix);
// Causal; keys are dropped for the rows from a random one on, and one stretch of rows sees nothing.
Mask eviction(int num_rows, int first_empty, int last_empty);

struct Plan {
    std::vector<HiddenRows> hidden;
    std::vector<int32_t> row_starts, row_tiles, key_starts, key_tiles, row_order, key_order;
    int padded_rows;
    // Pairs of row and key that are seen.
    int64_t num_seen;
};

Plan plan(const Mask& mask);
bool sees(const Mask& mask, int row, int key);

}  // namespace packtrain
