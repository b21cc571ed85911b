// Softmax, cross-entropy and their gradient over rows of logits.
//
// For a row x of V logits with target t: s = sum over i of exp(x_i - max x), loss = log s - (x_t - max x), and the
// gradient (p - onehot(t)) * scale with p_i = exp(x_i - max x) / s, which replaces the logits.
//
// Same bits in every variant and with any number of threads: a row belongs to one task; exp is a polynomial without fused
// multiply-add; element i of a block of kBlock goes to fp32 lane i mod 16, and the lanes are added to 16 fp64 lanes at the
// end of each block, which are added as a binary tree.
#pragma once

#include <cstdint>

#include "element_type.h"

namespace packtrain {

struct CrossEntropyRows {
    char* logits;            // [rows, vocab], rows one after the other
    const int32_t* targets;  // [rows], each in 0..vocab-1
    double* sums;            // [rows], receives s
    double* margins;         // [rows], receives x_t - max x
    int64_t vocab;
    ElementType format;
    bool with_gradient;
    float scale;
};

// A part of the columns of such rows; others hold the rest. First `largest`, `sums` and `target_logits` are written, over
// this part alone. Then, with `largest` and `sums` of all parts together, the gradient replaces the logits.
struct CrossEntropyPart {
    char* logits;            // [rows, columns], rows one after the other
    const int32_t* targets;  // [rows], each in 0..columns-1, or -1 where another part holds it
    float* largest;          // [rows], max x_i
    double* sums;            // [rows], sum over i of exp(x_i - largest)
    float* target_logits;    // [rows], x_t, or 0 where another part holds it
    int64_t columns;
    ElementType format;
    float scale;
};

// One row.
using CrossEntropyPartRow = void (*)(const CrossEntropyPart& part, int64_t row);
void cross_entropy_statistics_portable(const CrossEntropyPart& part, int64_t row);
void cross_entropy_statistics_avx2(const CrossEntropyPart& part, int64_t row);
void cross_entropy_statistics_avx512(const CrossEntropyPart& part, int64_t row);
void cross_entropy_gradient_portable(const CrossEntropyPart& part, int64_t row);
void cross_entropy_gradient_avx2(const CrossEntropyPart& part, int64_t row);
void cross_entropy_gradient_avx512(const CrossEntropyPart& part, int64_t row);

// One row.
using CrossEntropyRow = void (*)(const CrossEntropyRows& rows, int64_t row);
void cross_entropy_row_portable(const CrossEntropyRows& rows, int64_t row);
void cross_entropy_row_avx2(const CrossEntropyRows& rows, int64_t row);
void cross_entropy_row_avx512(const CrossEntropyRows& rows, int64_t row);

}  // namespace packtrain
