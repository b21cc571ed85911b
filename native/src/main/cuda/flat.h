// AdamW and the sum of squares over flat tensors. Every operation of AdamW is rounded by itself, in the order of the CPU's kernels
// (adamw_lanes.h): the bits are theirs.
#pragma once

#include "eight.h"
#include "pass_args.h"

namespace packtrain {

PACKTRAIN_DEVICE Eight load_eight_of(bool bf16, const void* from, int64_t at, int64_t count) {
    return bf16 ? load_eight<Bf16>(static_cast<const uint16_t*>(from) + at, count)
                : load_eight<Fp32>(static_cast<const float*>(from) + at, count);
}

// Sixteen bits of each of eight words.
PACKTRAIN_DEVICE void store_halves(uint16_t* to, int64_t count, const uint32_t (&x)[8]) {
    if (in_sixteens(to, count)) {
        Words4 words;
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            words.w[i] = (x[2 * i] & 0xffffu) | x[2 * i + 1] << 16;
        }
        return store_global_16(to, words);
    }
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        if (i < count) {
            to[i] = static_cast<uint16_t>(x[i]);
        }
    }
}

// A hash of the element's number and the step: the lower 16 bits round one moment, the upper 16 the other.
PACKTRAIN_DEVICE uint32_t random_bits(int64_t number, uint32_t seed) {
    uint32_t x = static_cast<uint32_t>(number) ^ (seed + static_cast<uint32_t>(number >> 32) * 0x9e3779b9u);
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

// bf16 is rounded up with the probability of the cut-off part; NaN becomes 0x7fc0.
PACKTRAIN_DEVICE void store_moment(bool bf16, void* to, int64_t at, int64_t count, const Eight& y, const uint32_t (&random16)[8]) {
    if (!bf16) {
        return store_eight<Fp32>(static_cast<float*>(to) + at, count, y);
    }
    uint32_t halves[8];
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        halves[i] = y.x[i] != y.x[i] ? 0x7fc0u : (bits_of(y.x[i]) + random16[i]) >> 16;
    }
    store_halves(static_cast<uint16_t*>(to) + at, count, halves);
}

PACKTRAIN_DEVICE Eight load_weights(const AdamWArgs& a, int64_t at, int64_t count) {
    if (a.remainders == nullptr) {
        return load_eight_of(false, a.weights, at, count);
    }
    Eight high = load_eight_of(true, a.weights, at, count);
    const Eight low = load_eight_of(true, a.remainders, at, count);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        const uint32_t remainder = bits_of(low.x[i]) >> 16;
        high.x[i] = float_of(bits_of(high.x[i]) + ((remainder ^ 0x8000u) - 0x8000u));
    }
    return high;
}

// The bf16 part is rounded to nearest, ties away from zero: then 16 signed bits are enough for the rest.
PACKTRAIN_DEVICE void store_weights(const AdamWArgs& a, int64_t at, int64_t count, const Eight& y) {
    if (a.remainders == nullptr) {
        return store_eight<Fp32>(static_cast<float*>(a.weights) + at, count, y);
    }
    uint32_t high[8];
    uint32_t low[8];
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        low[i] = y.x[i] != y.x[i] ? 0x7fc00000u : bits_of(y.x[i]);
        high[i] = (low[i] + 0x8000u) >> 16;
    }
    store_halves(static_cast<uint16_t*>(a.weights) + at, count, high);
    store_halves(a.remainders + at, count, low);
}

PACKTRAIN_DEVICE void adamw(const AdamWArgs& a) {
    const AdamWNumbers& c = a.numbers;
    const int64_t at = (static_cast<int64_t>(block_index_x()) * kPassThreads + thread_index()) * 8;
    const int64_t count = a.count - at;
    if (count <= 0) {
        return;
    }
    const Eight g = load_eight_of(a.bf16_grads != 0, a.grads, at, count);
    Eight m = load_eight_of(a.bf16_moments != 0, a.first, at, count);
    Eight v = load_eight_of(a.bf16_moments != 0, a.second, at, count);
    Eight w = load_weights(a, at, count);
    uint32_t random_first[8];
    uint32_t random_second[8];
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        const float grad = multiply_rounded(g.x[i], c.grad_scale);
        m.x[i] = add_rounded(m.x[i], multiply_rounded(c.one_minus_beta1, add_rounded(grad, -m.x[i])));
        v.x[i] = add_rounded(multiply_rounded(v.x[i], c.beta2), multiply_rounded(c.one_minus_beta2, multiply_rounded(grad, grad)));
        const float denominator = add_rounded(divide_rounded(square_root(v.x[i]), c.root_bias_correction2), c.epsilon);
        const float step = multiply_rounded(c.negative_step_size, divide_rounded(m.x[i], denominator));
        w.x[i] = add_rounded(multiply_rounded(w.x[i], c.decay_factor), step);
        const uint32_t random = random_bits(a.number + at + i, a.seed);
        random_first[i] = random & 0xffffu;
        random_second[i] = random >> 16;
    }
    store_moment(a.bf16_moments != 0, a.first, at, count, m, random_first);
    store_moment(a.bf16_moments != 0, a.second, at, count, v, random_second);
    store_weights(a, at, count, w);
}

// A sum a thread; whoever launched this adds them up.
template <typename E>
PACKTRAIN_DEVICE void squares(const SquaresArgs& a) {
    const int64_t thread = static_cast<int64_t>(block_index_x()) * kPassThreads + thread_index();
    const typename Stored<E>::Type* values = static_cast<const typename Stored<E>::Type*>(a.values);
    double sum = 0.0;
#pragma unroll 4
    for (int64_t at = thread * 8; at < a.count; at += a.stride) {
        const Eight v = load_eight<E>(values + at, a.count - at);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            sum += static_cast<double>(v.x[i]) * static_cast<double>(v.x[i]);
        }
    }
    a.sums[thread] = sum;
}

}  // namespace packtrain
