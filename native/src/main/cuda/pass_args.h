// What the row-wise and flat passes are given. The Java side writes these structs byte by byte (PassArguments): 8-byte fields
// first, then 4-byte ones, an even number of these. Matrices are [rows, cols] of fp32 or bf16, contiguous where no stride is given;
// addresses are multiples of their element's size.
#pragma once

#include <cstdint>

namespace packtrain {

constexpr int kPassThreads = 128;
// A warp has a row.
constexpr int kRowsOfBlock = kPassThreads / 32;
constexpr int kElementsOfBlock = kPassThreads * 8;
// Rows whose terms of a weight's gradient are added up by one thread.
constexpr int kRowsOfPart = 64;

struct NormArgs {
    const void* x;
    void* branch;  // null, or becomes x + branch, which is normed
    const void* weight;
    void* y;
    float* rstd;  // [rows]; given where only y is made again
    int64_t rows;
    int32_t cols;
    float eps;
};

struct NormGradArgs {
    const void* grad_y;
    const void* x;
    const void* weight;
    const float* rstd;
    void* stream;       // gradient of x is added to it
    float* parts;       // [rows / kRowsOfPart rounded up, cols]
    void* grad_weight;  // [cols], added to
    int64_t rows;
    int32_t cols;
    int32_t num_parts;
};

struct RopeArgs {
    void* x;  // heads side by side
    const float* cos;  // [rows, width / 2]
    const float* sin;
    int64_t rows;
    int64_t row_stride;
    int32_t heads;
    int32_t width;
    float direction;  // -1 turns back
    int32_t unused;
};

struct SwigluArgs {
    const void* grad_y;  // null going forward
    void* gate;
    void* up;
    void* y;  // null going back
    int64_t row_stride;  // of gate and up
    int32_t cols;
    int32_t unused;
};

struct CrossEntropyArgs {
    void* logits;  // receives scale * (softmax - one-hot) if there is a gradient
    const int64_t* targets;
    float* nats;  // [rows]
    int64_t cols;
    float scale;
    int32_t with_gradient;
};

// A part of the vocabulary, where others hold the rest.
struct SoftmaxPartArgs {
    void* logits;
    const int64_t* targets;  // [rows]; negative where another part has it
    float* largest;          // [rows], of the part going forward, of the whole vocabulary going back
    float* sums;             // [rows], of exponentials of what is below the largest; likewise
    float* target_logits;    // [rows], 0 where another part has it; null going back
    int64_t cols;
    float scale;
    int32_t unused;
};

// The order is that of AdamWStep.toConstants() in Java.
struct AdamWNumbers {
    float grad_scale;
    float decay_factor;
    float one_minus_beta1;
    float beta2;
    float one_minus_beta2;
    float root_bias_correction2;
    float epsilon;
    float negative_step_size;
};

struct AdamWArgs {
    void* weights;  // fp32; bf16 where there are remainders
    uint16_t* remainders;  // null, or 16 bits: an fp32 weight is bf16 bits * 2^16 + remainder (signed)
    const void* grads;
    void* first;
    void* second;
    int64_t number;  // of the first element, which its random rounding goes by
    int64_t count;
    AdamWNumbers numbers;
    uint32_t seed;
    int32_t bf16_grads;
    int32_t bf16_moments;
    int32_t unused;
};

struct SquaresArgs {
    const void* values;
    double* sums;  // one a thread of the grid
    int64_t count;
    int64_t stride;  // elements that the whole grid takes at a time
};

static_assert(sizeof(NormArgs) == 6 * 8 + 2 * 4, "a struct without holes");
static_assert(sizeof(NormGradArgs) == 8 * 8 + 2 * 4, "a struct without holes");
static_assert(sizeof(RopeArgs) == 5 * 8 + 4 * 4, "a struct without holes");
static_assert(sizeof(SwigluArgs) == 5 * 8 + 2 * 4, "a struct without holes");
static_assert(sizeof(CrossEntropyArgs) == 4 * 8 + 2 * 4, "a struct without holes");
static_assert(sizeof(SoftmaxPartArgs) == 6 * 8 + 2 * 4, "a struct without holes");
static_assert(sizeof(AdamWArgs) == 7 * 8 + 12 * 4, "a struct without holes");
static_assert(sizeof(SquaresArgs) == 4 * 8, "a struct without holes");

}  // namespace packtrain
