// Which scores of a few rows of a tile are visible, as bits.
#pragma once

#include "attention.h"

namespace packtrain {
namespace {

constexpr int kMostGroupRows = 32;  // of a group of rows with a mask
constexpr uint64_t kAllVisible = ~uint64_t{0};

// Keys [begin, end) of a tile, in whole granules, that a group of rows needs, and the bits of each row.
struct GroupMask {
    int begin, end;
    bool partial;
    uint64_t bits[kMostGroupRows];
};

// Where nothing is hidden; the bits are not read.
constexpr GroupMask kNothingHidden = {0, kTileKeys, false, {}};

template <class V>
uint64_t hidden_bits(const AttentionPlan& plan, int key, typename V::Ints keys, typename V::Ints row) {
    uint64_t hidden = plan.causal ? V::greater(keys, row) : 0;
    if (plan.has_lower) {
        hidden |= V::inside(V::load_ints(plan.lower_start + key), row, V::load_ints(plan.lower_end + key));
    }
    if (plan.has_upper) {
        hidden |= V::inside(V::load_ints(plan.upper_start + key), row, V::load_ints(plan.upper_end + key));
    }
    return hidden & ((uint64_t{1} << V::kLanes) - 1);
}

template <class V>
GroupMask group_mask(const AttentionPlan& plan, int first_row, int rows, int first_key) {
    GroupMask mask;
    uint64_t any = 0;
    uint64_t all = kAllVisible;
    for (int r = 0; r < rows; ++r) {
        mask.bits[r] = 0;
    }
    for (int k = 0; k < kTileKeys; k += V::kLanes) {
        const typename V::Ints keys = V::count_from(first_key + k);
        for (int r = 0; r < rows; ++r) {
            mask.bits[r] |= hidden_bits<V>(plan, first_key + k, keys, V::all_ints(first_row + r)) << k;
        }
    }
    for (int r = 0; r < rows; ++r) {
        mask.bits[r] = ~mask.bits[r];
        any |= mask.bits[r];
        all &= mask.bits[r];
    }
    mask.begin = any == 0 ? 0 : __builtin_ctzll(any) / V::kGranule * V::kGranule;
    mask.end = any == 0 ? 0 : (63 - __builtin_clzll(any)) / V::kGranule * V::kGranule + V::kGranule;
    mask.partial = all != kAllVisible;
    return mask;
}

// The plan counts only keys that exist: a last block of keys that is not full has hidden ones as well.
inline bool is_partial(const AttentionPlan& plan, int32_t tile, int key_block) {
    return (tile & 1) != 0 || (key_block + 1) * kTileKeys > plan.num_keys;
}

}  // namespace
}  // namespace packtrain
