// The AdamW kernel: its arguments and its variants.
//
// Every variant gives the same bits. Each operation is a single IEEE-754 fp32 operation, rounded once; no fused
// multiply-add is used (all files are compiled with -ffp-contract=off), because the loop waits for memory, not for
// arithmetic, and because plain Java can then check it to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "element_type.h"

namespace packtrain {

// The order is that of AdamWStep.toConstants() in Java.
struct AdamWConstants {
    float grad_scale;
    float decay_factor;  // 1 - lr * weight_decay
    float one_minus_beta1;
    float beta2;
    float one_minus_beta2;
    float root_bias_correction2;  // sqrt(1 - beta2^step)
    float epsilon;
    float negative_step_size;  // -lr / (1 - beta1^step)
};

constexpr int kNumAdamWConstants = 8;
static_assert(sizeof(AdamWConstants) == kNumAdamWConstants * sizeof(float), "read as a plain array of floats");

// Addresses of element 0. Buffers need no alignment beyond a byte and must not overlap.
struct AdamWBuffers {
    char* param;       // fp32; bf16 where there are remainders
    char* remainders;  // null, or 16 bits: an fp32 parameter is bf16 bits * 2^16 + remainder (signed)
    const char* grad;
    char* exp_avg;
    char* exp_avg_sq;
    ElementType grad_format;
    ElementType moment_format;  // bf16: rounded up or down at random, see adamw_lanes.h
    uint32_t seed;              // of that randomness; another one each step
};

// Elements begin to end - 1.
using AdamWKernel = void (*)(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants);
void adamw_portable(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants);
void adamw_avx2(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants);
void adamw_avx512(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants);

}  // namespace packtrain
