// RMSNorm with the residual addition, and its gradients. A warp has a row; the gradient of the weight is summed over runs of
// rows, and then over these, always in the same order.
#pragma once

#include "eight.h"
#include "pass_args.h"

namespace packtrain {

// Where this thread's warp finds its row; num_rows if there is none left for it.
PACKTRAIN_DEVICE int64_t row_of_warp() {
    return static_cast<int64_t>(block_index_x()) * kRowsOfBlock + thread_index() / 32;
}

template <typename E>
PACKTRAIN_DEVICE void scale_row(const NormArgs& a, int64_t row, const typename Stored<E>::Type* x, float rstd) {
    using Number = typename Stored<E>::Type;
    const Number* weight = static_cast<const Number*>(a.weight);
    Number* y = static_cast<Number*>(a.y) + row * a.cols;
#pragma unroll 2
    for (int at = thread_index() % 32 * 8; at < a.cols; at += 32 * 8) {
        Eight v = load_eight<E>(x + at, a.cols - at);
        const Eight w = load_eight<E>(weight + at, a.cols - at);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            v.x[i] = v.x[i] * rstd * w.x[i];
        }
        store_eight<E>(y + at, a.cols - at, v);
    }
}

template <typename E>
PACKTRAIN_DEVICE void norm(const NormArgs& a) {
    using Number = typename Stored<E>::Type;
    const int64_t row = row_of_warp();
    if (row >= a.rows) {
        return;
    }
    const Number* x = static_cast<const Number*>(a.x) + row * a.cols;
    Number* branch = a.branch == nullptr ? nullptr : static_cast<Number*>(a.branch) + row * a.cols;
    float squares = 0.0f;
#pragma unroll 2
    for (int at = thread_index() % 32 * 8; at < a.cols; at += 32 * 8) {
        Eight v = load_eight<E>(x + at, a.cols - at);
        if (branch != nullptr) {
            const Eight b = load_eight<E>(branch + at, a.cols - at);
#pragma unroll
            for (int i = 0; i < 8; ++i) {
                v.x[i] = rounded<E>(v.x[i] + b.x[i]);
            }
            store_eight<E>(branch + at, a.cols - at, v);
        }
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            squares = fused_multiply_add(v.x[i], v.x[i], squares);
        }
    }
    const float rstd = 1.0f / square_root(warp_sum(squares) / static_cast<float>(a.cols) + a.eps);
    if (thread_index() % 32 == 0) {
        a.rstd[row] = rstd;
    }
    // A lane reads what it has written itself.
    scale_row<E>(a, row, branch == nullptr ? x : branch, rstd);
}

template <typename E>
PACKTRAIN_DEVICE void renorm(const NormArgs& a) {
    const int64_t row = row_of_warp();
    if (row < a.rows) {
        scale_row<E>(a, row, static_cast<const typename Stored<E>::Type*>(a.x) + row * a.cols, a.rstd[row]);
    }
}

template <typename E>
PACKTRAIN_DEVICE void norm_grad(const NormGradArgs& a) {
    using Number = typename Stored<E>::Type;
    const int64_t row = row_of_warp();
    if (row >= a.rows) {
        return;
    }
    const Number* grad_y = static_cast<const Number*>(a.grad_y) + row * a.cols;
    const Number* x = static_cast<const Number*>(a.x) + row * a.cols;
    const Number* weight = static_cast<const Number*>(a.weight);
    Number* stream = static_cast<Number*>(a.stream) + row * a.cols;
    const float rstd = a.rstd[row];
    float dot = 0.0f;
#pragma unroll 2
    for (int at = thread_index() % 32 * 8; at < a.cols; at += 32 * 8) {
        const Eight g = load_eight<E>(grad_y + at, a.cols - at);
        const Eight v = load_eight<E>(x + at, a.cols - at);
        const Eight w = load_eight<E>(weight + at, a.cols - at);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            dot = fused_multiply_add(g.x[i] * w.x[i], v.x[i] * rstd, dot);
        }
    }
    const float mean = warp_sum(dot) / static_cast<float>(a.cols);
    for (int at = thread_index() % 32 * 8; at < a.cols; at += 32 * 8) {
        const Eight g = load_eight<E>(grad_y + at, a.cols - at);
        const Eight v = load_eight<E>(x + at, a.cols - at);
        const Eight w = load_eight<E>(weight + at, a.cols - at);
        Eight s = load_eight<E>(stream + at, a.cols - at);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            s.x[i] += (g.x[i] * w.x[i] - v.x[i] * rstd * mean) * rstd;
        }
        store_eight<E>(stream + at, a.cols - at, s);
    }
}

// Block (x, y): 1024 columns of the y-th run of rows, eight a thread.
template <typename E>
PACKTRAIN_DEVICE void norm_weight_grad(const NormGradArgs& a) {
    using Number = typename Stored<E>::Type;
    const int at = (block_index_x() * kPassThreads + thread_index()) * 8;
    if (at >= a.cols) {
        return;
    }
    const int64_t first = static_cast<int64_t>(block_index_y()) * kRowsOfPart;
    const int64_t last = first + kRowsOfPart < a.rows ? first + kRowsOfPart : a.rows;
    const Number* grad_y = static_cast<const Number*>(a.grad_y) + at;
    const Number* x = static_cast<const Number*>(a.x) + at;
    Eight sum = {};
#pragma unroll 2
    for (int64_t row = first; row < last; ++row) {
        const Eight g = load_eight<E>(grad_y + row * a.cols, a.cols - at);
        const Eight v = load_eight<E>(x + row * a.cols, a.cols - at);
        const float rstd = a.rstd[row];
#pragma unroll
        for (int i = 0; i < 8; ++i) {
            sum.x[i] = fused_multiply_add(g.x[i], v.x[i] * rstd, sum.x[i]);
        }
    }
    store_eight<Fp32>(a.parts + static_cast<int64_t>(block_index_y()) * a.cols + at, a.cols - at, sum);
}

// A thread adds up the parts of one column.
template <typename E>
PACKTRAIN_DEVICE void norm_weight_sum(const NormGradArgs& a) {
    const int column = block_index_x() * kPassThreads + thread_index();
    if (column >= a.cols) {
        return;
    }
    float sum = 0.0f;
#pragma unroll 8
    for (int part = 0; part < a.num_parts; ++part) {
        sum += a.parts[static_cast<int64_t>(part) * a.cols + column];
    }
    typename Stored<E>::Type* grad = static_cast<typename Stored<E>::Type*>(a.grad_weight) + column;
    *grad = bits(number(*grad, E()) + sum, E());
}

}  // namespace packtrain
