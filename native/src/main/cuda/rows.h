// Rotary positions, SwiGLU and cross-entropy over rows of logits, with their gradients.
#pragma once

#include "eight.h"
#include "pass_args.h"

namespace packtrain {

// A thread turns up to eight pairs.
template <typename E>
PACKTRAIN_DEVICE void rope(const RopeArgs& a) {
    using Number = typename Stored<E>::Type;
    const int half = a.width / 2;
    const int groups = (half + 7) / 8;
    const int64_t unit = static_cast<int64_t>(block_index_x()) * kPassThreads + thread_index();
    const int64_t row = unit / groups / a.heads;
    if (row >= a.rows) {
        return;
    }
    const int at = static_cast<int>(unit % groups) * 8;
    const int head = static_cast<int>(unit / groups % a.heads);
    Number* x = static_cast<Number*>(a.x) + row * a.row_stride + static_cast<int64_t>(head) * a.width + at;
    const Eight c = load_eight<Fp32>(a.cos + row * half + at, half - at);
    const Eight s = load_eight<Fp32>(a.sin + row * half + at, half - at);
    Eight first = load_eight<E>(x, half - at);
    Eight second = load_eight<E>(x + half, half - at);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        const float sine = s.x[i] * a.direction;
        const float turned = first.x[i] * c.x[i] - second.x[i] * sine;
        second.x[i] = second.x[i] * c.x[i] + first.x[i] * sine;
        first.x[i] = turned;
    }
    store_eight<E>(x, half - at, first);
    store_eight<E>(x + half, half - at, second);
}

// By e^-|x|, which cannot overflow.
PACKTRAIN_DEVICE float sigmoid(float x) {
    const float e = exp_fast(x < 0.0f ? x : -x);
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

// Block (row, y): 1024 columns, eight a thread.
template <typename E>
PACKTRAIN_DEVICE void swiglu(const SwigluArgs& a) {
    using Number = typename Stored<E>::Type;
    const int64_t row = block_index_x();
    const int at = (block_index_y() * kPassThreads + thread_index()) * 8;
    if (at >= a.cols) {
        return;
    }
    Eight gate = load_eight<E>(static_cast<const Number*>(a.gate) + row * a.row_stride + at, a.cols - at);
    const Eight up = load_eight<E>(static_cast<const Number*>(a.up) + row * a.row_stride + at, a.cols - at);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        gate.x[i] = gate.x[i] * sigmoid(gate.x[i]) * up.x[i];
    }
    store_eight<E>(static_cast<Number*>(a.y) + row * a.cols + at, a.cols - at, gate);
}

template <typename E>
PACKTRAIN_DEVICE void swiglu_grad(const SwigluArgs& a) {
    using Number = typename Stored<E>::Type;
    const int64_t row = block_index_x();
    const int at = (block_index_y() * kPassThreads + thread_index()) * 8;
    if (at >= a.cols) {
        return;
    }
    Number* gate_at = static_cast<Number*>(a.gate) + row * a.row_stride + at;
    Number* up_at = static_cast<Number*>(a.up) + row * a.row_stride + at;
    const Eight grad = load_eight<E>(static_cast<const Number*>(a.grad_y) + row * a.cols + at, a.cols - at);
    Eight gate = load_eight<E>(gate_at, a.cols - at);
    Eight up = load_eight<E>(up_at, a.cols - at);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        const float s = sigmoid(gate.x[i]);
        const float silu = gate.x[i] * s;
        gate.x[i] = grad.x[i] * up.x[i] * (s + silu * (1.0f - s));
        up.x[i] = grad.x[i] * silu;
    }
    store_eight<E>(gate_at, a.cols - at, gate);
    store_eight<E>(up_at, a.cols - at, up);
}

// Of some numbers: the largest, and the sum of the exponentials of what they are below it.
struct SoftmaxSum {
    float largest;
    float sum;
};

PACKTRAIN_DEVICE float relative_to(const SoftmaxSum& s, float largest) {
    // Equal infinities have no difference.
    return s.largest == largest ? s.sum : multiply_rounded(s.sum, exp_fast(s.largest - largest));
}

PACKTRAIN_DEVICE SoftmaxSum together(const SoftmaxSum& a, const SoftmaxSum& b) {
    const float largest = maximum(a.largest, b.largest);
    return SoftmaxSum{largest, add_rounded(relative_to(a, largest), relative_to(b, largest))};
}

template <typename Number, typename E>
PACKTRAIN_DEVICE SoftmaxSum softmax_sum_of_thread(const Number* logits, int64_t cols, E) {
    SoftmaxSum s = {-infinity(), 0.0f};
#pragma unroll 2
    for (int64_t at = thread_index() * 8; at < cols; at += kElementsOfBlock) {
        const Eight v = load_eight<E>(logits + at, cols - at, -infinity());
        float largest = s.largest;
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            largest = maximum(largest, v.x[i]);
        }
        s = SoftmaxSum{largest, relative_to(s, largest)};
        // A token that can never come has a logit of -inf, and so may all that a thread has seen.
        const float reference = largest == -infinity() ? 0.0f : largest;
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            s.sum += exp_fast(v.x[i] - reference);
        }
    }
    return s;
}

// Of a row, by all threads of a block; 8 bytes of shared memory a warp. Behind it what any thread has read before is read.
template <typename Number, typename E>
PACKTRAIN_DEVICE SoftmaxSum softmax_sum_of_block(const Number* logits, int64_t cols, E) {
    SoftmaxSum s = softmax_sum_of_thread(logits, cols, E());
#pragma unroll
    for (int mask = 16; mask > 0; mask /= 2) {
        const SoftmaxSum other = {shuffle_xor(s.largest, mask), shuffle_xor(s.sum, mask)};
        s = together(s, other);
    }
    const uint32_t shared = shared_base();
    if (thread_index() % 32 == 0) {
        store_shared_4(shared + thread_index() / 32 * 8, bits_of(s.largest));
        store_shared_4(shared + thread_index() / 32 * 8 + 4, bits_of(s.sum));
    }
    block_barrier();
    s = SoftmaxSum{load_shared_float(shared), load_shared_float(shared + 4)};
#pragma unroll
    for (int warp = 1; warp < kPassThreads / 32; ++warp) {
        s = together(s, SoftmaxSum{load_shared_float(shared + warp * 8), load_shared_float(shared + warp * 8 + 4)});
    }
    return s;
}

// scale * (softmax - one-hot) in place of a row; a target that is no column is another part's.
template <typename Number, typename E>
PACKTRAIN_DEVICE void softmax_gradient(Number* logits, int64_t cols, const SoftmaxSum& s, int64_t target, float scale, E) {
    const float factor = scale / s.sum;
    for (int64_t at = thread_index() * 8; at < cols; at += kElementsOfBlock) {
        Eight v = load_eight<E>(logits + at, cols - at);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            const float p = exp_fast(v.x[i] - s.largest) * factor;
            v.x[i] = at + i == target ? p - scale : p;
        }
        store_eight<E>(logits + at, cols - at, v);
    }
}

// A block has a row.
template <typename E>
PACKTRAIN_DEVICE void cross_entropy(const CrossEntropyArgs& a) {
    using Number = typename Stored<E>::Type;
    const int64_t row = block_index_x();
    Number* logits = static_cast<Number*>(a.logits) + row * a.cols;
    const int64_t target = a.targets[row];
    const float target_logit = number(logits[target], E());
    const SoftmaxSum s = softmax_sum_of_block(logits, a.cols, E());
    if (thread_index() == 0) {
        a.nats[row] = natural_logarithm(s.sum) - (target_logit - s.largest);
    }
    if (a.with_gradient != 0) {
        softmax_gradient(logits, a.cols, s, target, a.scale, E());
    }
}

// What a part of the vocabulary says of a row; a block has one.
template <typename E>
PACKTRAIN_DEVICE void softmax_statistics(const SoftmaxPartArgs& a) {
    using Number = typename Stored<E>::Type;
    const int64_t row = block_index_x();
    const Number* logits = static_cast<const Number*>(a.logits) + row * a.cols;
    const SoftmaxSum s = softmax_sum_of_block(logits, a.cols, E());
    if (thread_index() == 0) {
        const int64_t target = a.targets[row];
        a.largest[row] = s.largest;
        a.sums[row] = s.sum;
        a.target_logits[row] = target < 0 ? 0.0f : number(logits[target], E());
    }
}

// The gradient of a part, by the statistics of the whole vocabulary.
template <typename E>
PACKTRAIN_DEVICE void softmax_part_gradient(const SoftmaxPartArgs& a) {
    const int64_t row = block_index_x();
    typename Stored<E>::Type* logits = static_cast<typename Stored<E>::Type*>(a.logits) + row * a.cols;
    softmax_gradient(logits, a.cols, SoftmaxSum{a.largest[row], a.sums[row]}, a.targets[row], a.scale, E());
}

}  // namespace packtrain
