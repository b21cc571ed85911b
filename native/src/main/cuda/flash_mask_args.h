// What a FlashMask kernel is given. The Java side writes this struct byte by byte (FlashMaskCudaArguments): only 8-byte and
// 4-byte fields, in an order without holes.
#pragma once

#include <cstdint>

namespace packtrain {

// [rows, heads, D] with D contiguous; strides in elements, multiples of 8; first element on 16 bytes.
struct TensorView {
    uint16_t* data;
    int32_t row_stride;
    int32_t head_stride;
};

// The queries that do not see one key: rows r with lower_begin <= r < lower_end or upper_begin <= r < upper_end.
// A causal mask has [0, key) in the second interval. 16 bytes, read at once.
struct HiddenRows {
    int32_t lower_begin;
    int32_t lower_end;
    int32_t upper_begin;
    int32_t upper_end;
};

struct FlashMaskArgs {
    TensorView q, k, v, o;
    TensorView grad_o, grad_q, grad_k, grad_v;
    // [heads, padded_rows], padded_rows a multiple of 128: natural log of the sum of exponentials (+inf: no key is seen, and
    // in the padding), and the row sums of grad_o * o (0 in the padding).
    float* log_sum;
    float* delta;
    // One for each key, then keys that nobody sees up to a multiple of 64.
    const HiddenRows* hidden;
    // Tiles of 128 rows × 64 keys that someone sees. For block b of rows (of keys): tiles[starts[b]] … tiles[starts[b + 1] - 1],
    // each (index of the other block << 1) | (1 if the mask hides a part of it).
    const int32_t* row_starts;
    const int32_t* row_tiles;
    const int32_t* key_starts;
    const int32_t* key_tiles;
    // Order in which blocks are started: those with the most tiles first.
    const int32_t* row_order;
    const int32_t* key_order;
    int32_t num_rows;
    int32_t num_keys;
    int32_t padded_rows;
    int32_t heads_per_group;
    float scale;
    // Width of a head, a multiple of 16. A kernel for wider heads than this takes the missing numbers as zeros.
    int32_t head_dim;
};

static_assert(sizeof(FlashMaskArgs) == 8 * 16 + 9 * 8 + 6 * 4, "a struct without holes");

constexpr int kThreads = 128;
constexpr int kRowBlock = 128;
constexpr int kKeyBlock = 64;

// What the kernels for head dim D take. A backward pass works on a step of keys (or queries) of a tile at a time and has two such
// steps in shared memory; a step of queries has their log-sum-exps and δ with it.
//
// Accumulators of wide heads do not fit into 255 registers, nor their tiles into the 99 KB that a block gets on GPUs of compute
// capability 8.6 to 8.9 and 12: there, kParts blocks share a block of rows (of keys), and a warp owns 16 queries instead of 32.
template <int D>
struct FlashMaskShape {
    static constexpr int kParts = D > 128 ? 2 : 1;
    static constexpr int kRows = kRowBlock / kParts;
    static constexpr int kKeys = kKeyBlock / kParts;
    static constexpr int kKeyStep = D > 192 ? 16 : 32;
    static constexpr int kQueryStep = 32;
    static constexpr int kQueryStepBytes = kQueryStep * (2 * D * 2 + 2 * 4);
    static constexpr int kForwardSharedBytes = (kRows + 2 * kKeyBlock) * D * 2;
    static constexpr int kBackwardQuerySharedBytes = (2 * kRows + 4 * kKeyStep) * D * 2;
    static constexpr int kBackwardKeySharedBytes = 2 * kKeys * D * 2 + 2 * kQueryStepBytes;
    static_assert(kForwardSharedBytes <= 99 << 10 && kBackwardQuerySharedBytes <= 99 << 10 &&
                      kBackwardKeySharedBytes <= 99 << 10,
                  "what every GPU since 8.0 gives to a block");
};

}  // namespace packtrain
