// Weights of few bits: a matrix [rows, cols] whose numbers are codes of 4 or 8 bits, each block of a row with a scale.
//
// Number (r, c) is round(values[code] * scale), or round(code * scale) with 8 bits, in fp32 and then in the element that
// is asked for: "element" is fp32 or bf16, chosen with the table of functions. Codes of 4 bits lie two in a byte, that of
// the even column in the upper half; every row begins with a byte of its own. All variants give the same bits: no fused
// multiply-add, and sums over a row go through 16 lanes in a fixed order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace packtrain {

constexpr int kCodes = 16;
constexpr int kScaleCodes = 256;

// A part of a matrix. Nothing needs an alignment.
struct QuantizedMatrix {
    const uint8_t* codes;  // [rows, row_bytes]
    const char* scales;    // fp32 [rows, blocks]; of two levels: uint8 [rows, blocks]
    const char* seconds;   // null, or fp32: one for each run of second_block scales, then what is added to all scales
    const float* values;   // fp32 [16], of codes of 4 bits
    const float* scale_values;  // fp32 [256], of scales of two levels
    int64_t rows;
    int64_t cols;
    int64_t bits;          // 4 or 8
    int64_t block;         // columns of a block
    int64_t skipped;       // columns of the first block that lie before this part
    int64_t second_block;  // scales that share one of `seconds`
    int64_t second_first;  // of the part's first scale, counted from where the first of `seconds` begins
    int64_t second_row;    // scales of a whole row
    int64_t num_seconds;

    int64_t blocks() const { return (skipped + cols + block - 1) / block; }
    int64_t row_bytes() const { return bits == 4 ? (cols + 1) / 2 : cols; }
};

// How whole rows become codes.
struct QuantizeArguments {
    const char* x;            // elements [rows, cols]
    char* codes;              // [rows, row bytes of the columns from..to-1]
    char* scales;             // fp32 [rows, blocks]: largest magnitude / levels
    const float* thresholds;  // fp32 [15]: the code is order[number of thresholds below x / scale]
    const uint8_t* order;     // [16]
    int64_t cols;
    int64_t bits;
    int64_t block;
    int64_t from;
    int64_t to;
    float levels;
};

struct ProductArguments {
    const char* x;  // elements [tokens, cols]; of the transposed product [tokens, rows]
    char* y;        // elements [tokens, rows]; of the transposed product [tokens, cols]
    int64_t tokens;
};

// Rows that share what is read of x, and columns that share what is read of the gradient: a task is this much or more.
constexpr int64_t kProductRows = 4;
constexpr int64_t kTransposedColumns = 128;

struct QuantizedRows {
    // Rows begin..end-1; `scratch` has a byte for each column.
    void (*quantize)(const QuantizeArguments&, uint8_t* scratch, int64_t begin, int64_t end);
    // Rows begin..end-1, of which columns from..to-1, to elements [end - begin, to - from]; `from` is even.
    void (*dequantize)(const QuantizedMatrix&, char* y, int64_t begin, int64_t end, int64_t from, int64_t to);
    // y = x W^T for the outputs begin..end-1.
    void (*product)(const QuantizedMatrix&, const ProductArguments&, int64_t begin, int64_t end);
    // y = x W for the columns begin..end-1; begin is even.
    void (*transposed)(const QuantizedMatrix&, const ProductArguments&, int64_t begin, int64_t end);
};

extern const QuantizedRows quantized_fp32_portable, quantized_bf16_portable;
extern const QuantizedRows quantized_fp32_avx2, quantized_bf16_avx2;
extern const QuantizedRows quantized_fp32_avx512, quantized_bf16_avx512;

}  // namespace packtrain
