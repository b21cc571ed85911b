// One element of the AdamW update, in plain C++: the portable variant, and the tail of the AVX2 variant.
//
// Everything here is `static inline`: each variant must keep its own copy, compiled with its own instruction set. With
// external linkage the linker could keep the AVX-512 copy alone, and the portable variant would then crash.
#pragma once

#include "adamw.h"

namespace packtrain {

static inline float load_f32(const char* at) {
    float value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}

static inline void store_f32(char* at, float value) {
    __builtin_memcpy(at, &value, sizeof value);
}

// Round to nearest, ties to even; every NaN becomes the quiet NaN 0x7fc0.
static inline uint16_t bf16_of(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return (bits & 0x7fffffffu) > 0x7f800000u ? uint16_t{0x7fc0} : static_cast<uint16_t>(rounded);
}

static inline void adamw_element(const AdamWBuffers& b, size_t i, const AdamWConstants& c) {
    const size_t at = i * sizeof(float);
    const float grad = load_f32(b.grad + at) * c.grad_scale;
    const float m = load_f32(b.exp_avg + at);
    const float new_m = m + c.one_minus_beta1 * (grad - m);
    const float new_v = load_f32(b.exp_avg_sq + at) * c.beta2 + c.one_minus_beta2 * (grad * grad);
    const float denominator = __builtin_sqrtf(new_v) / c.root_bias_correction2 + c.epsilon;
    const float decayed = load_f32(b.param + at) * c.decay_factor;
    const float param = decayed + c.negative_step_size * (new_m / denominator);
    store_f32(b.exp_avg + at, new_m);
    store_f32(b.exp_avg_sq + at, new_v);
    store_f32(b.param + at, param);
    if (b.bf16_out != nullptr) {
        const uint16_t bits = bf16_of(param);
        __builtin_memcpy(b.bf16_out + i * sizeof bits, &bits, sizeof bits);
    }
}

}  // namespace packtrain
