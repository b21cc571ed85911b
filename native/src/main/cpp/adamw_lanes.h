// AdamW over a range: every variant is this code (see lanes.h).
#pragma once

#include "adamw.h"
#include "lanes.h"

namespace packtrain {
namespace {

inline Floats load(ElementType format, const char* buffer, size_t i, int64_t count) {
    const bool whole = count == kWidth;
    if (format == ElementType::kFp32) {
        const char* at = buffer + i * Fp32::kBytes;
        return whole ? Fp32::load(at) : load_tail<Fp32>(at, count, 0);
    }
    const char* at = buffer + i * Bf16::kBytes;
    return whole ? Bf16::load(at) : load_tail<Bf16>(at, count, 0);
}

inline void store_halves(char* at, int64_t count, Words low16) {
    const Halves halves = __builtin_convertvector(low16, Halves);
    if (count == kWidth) {
        __builtin_memcpy(at, &halves, sizeof halves);
    } else {
        __builtin_memcpy(at, &halves, static_cast<size_t>(count) * sizeof(uint16_t));
    }
}

inline void store_fp32(char* at, int64_t count, Floats values) {
    if (count == kWidth) {
        Fp32::store(at, values);
    } else {
        store_tail<Fp32>(at, count, values);
    }
}

// A hash of the element's number and the step: the lower 16 bits round one moment, the upper 16 the other.
inline Words random_words(size_t i, uint32_t seed) {
    Words x;
    for (int64_t lane = 0; lane < kWidth; ++lane) {
        x[lane] = static_cast<uint32_t>(lane);
    }
    x = (x + static_cast<uint32_t>(i)) ^ (seed + static_cast<uint32_t>(i >> 32) * 0x9e3779b9u);
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

// bf16 rounded up with the probability of the cut-off part, so that a running mean moves by the right amount on
// average: rounded to nearest, it would stand still wherever (1 - beta) times a change is less than half a unit.
// NaN becomes 0x7fc0.
inline void store_moment(ElementType format, char* buffer, size_t i, int64_t count, Floats values, Words random16) {
    if (format == ElementType::kFp32) {
        return store_fp32(buffer + i * Fp32::kBytes, count, values);
    }
    const Words rounded = (bits_as<Words>(values) + random16) >> 16;
    store_halves(buffer + i * Bf16::kBytes, count, values != values ? Words{} + 0x7fc0u : rounded);
}

inline Floats load_param(const AdamWBuffers& b, size_t i, int64_t count) {
    if (b.remainders == nullptr) {
        return load(ElementType::kFp32, b.param, i, count);
    }
    const Words high = bits_as<Words>(load(ElementType::kBf16, b.param, i, count));
    const Words low = bits_as<Words>(load(ElementType::kBf16, b.remainders, i, count)) >> 16;
    return bits_as<Floats>(high + ((low ^ 0x8000u) - 0x8000u));
}

// The bf16 part is rounded to nearest, ties away from zero: then 16 signed bits are enough for the rest.
inline void store_param(const AdamWBuffers& b, size_t i, int64_t count, Floats values) {
    if (b.remainders == nullptr) {
        return store_fp32(b.param + i * Fp32::kBytes, count, values);
    }
    const Words bits = values != values ? Words{} + 0x7fc00000u : bits_as<Words>(values);
    store_halves(b.param + i * Bf16::kBytes, count, (bits + 0x8000u) >> 16);
    store_halves(b.remainders + i * sizeof(uint16_t), count, bits);
}

inline Floats root_of(Floats x) {
    Floats root;
    for (int64_t lane = 0; lane < kWidth; ++lane) {
        root[lane] = __builtin_sqrtf(x[lane]);
    }
    return root;
}

// Elements i to i + count - 1, at most kWidth.
inline void adamw_vector(const AdamWBuffers& b, size_t i, int64_t count, const AdamWConstants& c) {
    const Floats grad = load(b.grad_format, b.grad, i, count) * c.grad_scale;
    const Floats m = load(b.moment_format, b.exp_avg, i, count);
    const Floats v = load(b.moment_format, b.exp_avg_sq, i, count);
    const Floats new_m = m + c.one_minus_beta1 * (grad - m);
    const Floats new_v = v * c.beta2 + c.one_minus_beta2 * (grad * grad);
    const Floats denominator = root_of(new_v) / c.root_bias_correction2 + c.epsilon;
    const Floats decayed = load_param(b, i, count) * c.decay_factor;
    // Zeros over zeros are not stored: moments of embedded tokens that were never met take no pages (ZeroPages).
    if (any_bit(bits_as<Words>(m) | bits_as<Words>(v) | bits_as<Words>(new_m) | bits_as<Words>(new_v))) {
        const Words random = b.moment_format == ElementType::kFp32 ? Words{} : random_words(i, b.seed);
        store_moment(b.moment_format, b.exp_avg, i, count, new_m, random & 0xffffu);
        store_moment(b.moment_format, b.exp_avg_sq, i, count, new_v, random >> 16);
    }
    store_param(b, i, count, decayed + c.negative_step_size * (new_m / denominator));
}

inline void adamw_range(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants) {
    size_t i = begin;
    for (; i + kWidth <= end; i += kWidth) {
        adamw_vector(buffers, i, kWidth, constants);
    }
    if (i < end) {
        adamw_vector(buffers, i, static_cast<int64_t>(end - i), constants);
    }
}

}  // namespace
}  // namespace packtrain
