// The bodies of the row-wise passes. Included once by each variant's file, which compiles them for its instruction set.
#pragma once

#include "fused_lanes.h"
#include "fused_rows.h"

namespace packtrain {
namespace {

inline float f32_at(const char* values, int64_t index) {
    float value;
    __builtin_memcpy(&value, values + index * static_cast<int64_t>(sizeof value), sizeof value);
    return value;
}

template <typename E>
void norm(const NormArguments& a, int64_t begin, int64_t end) {
    const int64_t row_bytes = a.cols * E::kBytes;
    for (int64_t row = begin; row < end; ++row) {
        const char* x = a.x + row * row_bytes;
        F16 squares = {};
        if (a.branch == nullptr) {
            for_lanes(a.cols, [&](int64_t at, int64_t count) {
                const F16 value = load<E>(x, at, count);
                squares += value * value;
            });
        } else {
            char* branch = a.branch + row * row_bytes;
            for_lanes(a.cols, [&](int64_t at, int64_t count) {
                const F16 sum = load<E>(x, at, count) + load<E>(branch, at, count);
                store<E>(branch, at, count, sum);
                const F16 value = E::widen(E::narrow(sum));
                squares += value * value;
            });
            x = branch;
        }
        const float rstd = 1.0f / __builtin_sqrtf(tree_sum(squares) / static_cast<float>(a.cols) + a.eps);
        __builtin_memcpy(a.rstd + row * static_cast<int64_t>(sizeof rstd), &rstd, sizeof rstd);
        char* y = a.y + row * row_bytes;
        for_lanes(a.cols, [&](int64_t at, int64_t count) {
            store<E>(y, at, count, load<E>(x, at, count) * rstd * load<E>(a.weight, at, count));
        });
    }
}

template <typename E>
void renorm(const RenormArguments& a, int64_t begin, int64_t end) {
    const int64_t row_bytes = a.cols * E::kBytes;
    for (int64_t row = begin; row < end; ++row) {
        const char* x = a.x + row * row_bytes;
        char* y = a.y + row * row_bytes;
        const float rstd = f32_at(a.rstd, row);
        for_lanes(a.cols, [&](int64_t at, int64_t count) {
            store<E>(y, at, count, load<E>(x, at, count) * rstd * load<E>(a.weight, at, count));
        });
    }
}

template <typename E>
void norm_grad(const NormGradArguments& a, float* partial, int64_t begin, int64_t end) {
    const int64_t row_bytes = a.cols * E::kBytes;
    char* sums = reinterpret_cast<char*>(partial);
    for (int64_t row = begin; row < end; ++row) {
        const char* grad_y = a.grad_y + row * row_bytes;
        const char* x = a.x + row * row_bytes;
        char* stream = a.stream + row * row_bytes;
        const float rstd = f32_at(a.rstd, row);
        F16 dot = {};
        for_lanes(a.cols, [&](int64_t at, int64_t count) {
            const F16 grad = load<E>(grad_y, at, count);
            const F16 grad_n = grad * (load<E>(x, at, count) * rstd);
            store<Fp32>(sums, at, count, load<Fp32>(sums, at, count) + grad_n);
            dot += grad_n * load<E>(a.weight, at, count);
        });
        const float mean = tree_sum(dot) / static_cast<float>(a.cols);
        for_lanes(a.cols, [&](int64_t at, int64_t count) {
            const F16 grad = load<E>(grad_y, at, count) * load<E>(a.weight, at, count);
            const F16 normed = load<E>(x, at, count) * rstd;
            store<E>(stream, at, count, load<E>(stream, at, count) + (grad - normed * mean) * rstd);
        });
    }
}

template <typename E>
void rope(const RopeArguments& a, int64_t begin, int64_t end) {
    const int64_t half = a.width / 2;
    const int64_t table_bytes = half * Fp32::kBytes;
    for (int64_t row = begin; row < end; ++row) {
        const char* cos = a.cos + row * table_bytes;
        const char* sin = a.sin + row * table_bytes;
        for (int64_t head = 0; head < a.heads; ++head) {
            char* x = a.x + (row * a.row_stride + head * a.width) * E::kBytes;
            for_lanes(half, [&](int64_t at, int64_t count) {
                const F16 c = load<Fp32>(cos, at, count);
                const F16 s = load<Fp32>(sin, at, count) * a.direction;
                const F16 first = load<E>(x, at, count);
                const F16 second = load<E>(x, half + at, count);
                store<E>(x, at, count, first * c - second * s);
                store<E>(x, half + at, count, second * c + first * s);
            });
        }
    }
}

template <typename E>
void swiglu(const SwigluArguments& a, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
        const char* gate_row = a.gate + row * a.row_stride * E::kBytes;
        const char* up_row = a.up + row * a.row_stride * E::kBytes;
        char* y = a.y + row * a.cols * E::kBytes;
        for_lanes(a.cols, [&](int64_t at, int64_t count) {
            const F16 gate = load<E>(gate_row, at, count);
            store<E>(y, at, count, gate * sigmoid(gate) * load<E>(up_row, at, count));
        });
    }
}

template <typename E>
void swiglu_grad(const SwigluGradArguments& a, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
        const char* grad_y = a.grad_y + row * a.cols * E::kBytes;
        char* gate_row = a.gate + row * a.row_stride * E::kBytes;
        char* up_row = a.up + row * a.row_stride * E::kBytes;
        for_lanes(a.cols, [&](int64_t at, int64_t count) {
            const F16 grad = load<E>(grad_y, at, count);
            const F16 gate = load<E>(gate_row, at, count);
            const F16 up = load<E>(up_row, at, count);
            const F16 s = sigmoid(gate);
            const F16 silu = gate * s;
            store<E>(gate_row, at, count, grad * up * (s + silu * (1.0f - s)));
            store<E>(up_row, at, count, grad * silu);
        });
    }
}

template <typename E>
void add_to(char* elements, const float* values, int64_t cols) {
    for_lanes(cols, [&](int64_t at, int64_t count) {
        const F16 sum = load<E>(elements, at, count) + load<Fp32>(reinterpret_cast<const char*>(values), at, count);
        store<E>(elements, at, count, sum);
    });
}

template <typename E>
constexpr FusedRows table() {
    return {E::kBytes, norm<E>, renorm<E>, norm_grad<E>, rope<E>, swiglu<E>, swiglu_grad<E>, add_to<E>};
}

}  // namespace
}  // namespace packtrain
