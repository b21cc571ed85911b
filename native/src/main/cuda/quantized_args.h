// What a kernel of quantised matrices is given. The Java side writes this struct byte by byte (QuantizedArguments): 8-byte
// fields first, then 4-byte ones, an even number of these.
#pragma once

#include <cstdint>

namespace packtrain {

// A part of a matrix [rows, cols] as QuantizedLayout of Java has it. cols, block and skipped are multiples of 8, so that 8
// numbers side by side share a scale and are read and written at once; codes begin on 8 bytes, x and y on 16.
struct QuantizedArgs {
    const uint8_t* codes;        // [rows, cols * bits / 8]
    const uint8_t* scales;       // fp32 [rows, blocks]; of two levels: one byte each
    const float* seconds;        // null; or one for each run of second_block scales, then what is added to all scales
    const float* values;         // 16 of codes of 4 bits, then 256 of scales of two levels
    const uint16_t* x;           // bf16 [tokens, cols]
    uint16_t* y;                 // bf16: numbers [rows, cols], or products [tokens, rows]
    int64_t second_first;        // of the part's first scale, counted from where `seconds` begins
    int64_t second_row;          // scales of a whole row
    int32_t rows;
    int32_t cols;
    int32_t bits;                // 4 or 8
    int32_t block;
    int32_t skipped;             // columns of the first block before the part
    int32_t blocks;
    int32_t second_block;
    int32_t num_seconds;
    int32_t tokens;              // of a product: 1 to 8
    int32_t unused;
};

static_assert(sizeof(QuantizedArgs) == 8 * 8 + 10 * 4, "a struct without holes");

constexpr int kQuantizedThreads = 128;
// A warp makes the products of one row with all tokens.
constexpr int kQuantizedRows = kQuantizedThreads / 32;
constexpr int kQuantizedTokens = 8;

}  // namespace packtrain
