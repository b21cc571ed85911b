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

// One row.
using CrossEntropyRow = void (*)(const CrossEntropyRows& rows, int64_t row);
void cross_entropy_row_portable(const CrossEntropyRows& rows, int64_t row);
void cross_entropy_row_avx2(const CrossEntropyRows& rows, int64_t row);
void cross_entropy_row_avx512(const CrossEntropyRows& rows, int64_t row);

}  // namespace packtrain
