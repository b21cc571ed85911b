// The bodies of the row-wise passes. Included once by each variant's file, which compiles them for its instruction set:
// every variant is this code (see lanes.h).
#pragma once

#include "fused_rows.h"
#include "lanes_exp.h"

namespace packtrain {
namespace {

template <typename E>
constexpr int64_t kElement = static_cast<int64_t>(E::kBytes);

// Elements at..at+count-1 of a row; those that are missing from a whole vector are zero.
template <typename E>
inline Floats load(const char* row, int64_t at, int64_t count) {
    const char* from = row + at * kElement<E>;
    return __builtin_expect(count == kWidth, 1) ? E::load(from) : load_tail<E>(from, count, 0);
}

template <typename E>
inline void store(char* row, int64_t at, int64_t count, Floats values) {
    char* to = row + at * kElement<E>;
    if (__builtin_expect(count == kWidth, 1)) {
        E::store(to, values);
    } else {
        store_tail<E>(to, count, values);
    }
}

// What the values are when they have been stored and loaded again.
template <typename E>
inline Floats rounded(Floats values) {
    char stored[kWidth * sizeof(float)];
    E::store(stored, values);
    return E::load(stored);
}

// body(at, count, part) for each vector of a row; `part` says which of the 16 lanes' parts it belongs to.
template <typename Body>
inline void for_lanes(int64_t cols, Body body) {
    int64_t at = 0;
    for (; at + kLanes <= cols; at += kLanes) {
        for (int64_t part = 0; part < kParts; ++part) {
            body(at + part * kWidth, kWidth, part);
        }
    }
    for (int64_t part = 0; at < cols; at += kWidth, ++part) {
        body(at, cols - at < kWidth ? cols - at : kWidth, part);
    }
}

// 16 sums that take a row's elements in turn, then added up as a binary tree: the same order in every variant.
struct RowSum {
    Floats parts[kParts] = {};

    inline float total() const {
        float lanes[kLanes];
        __builtin_memcpy(lanes, parts, sizeof lanes);
        for (int64_t width = kLanes / 2; width > 0; width /= 2) {
            for (int64_t lane = 0; lane < width; ++lane) {
                lanes[lane] += lanes[lane + width];
            }
        }
        return lanes[0];
    }
};

// By e^-|x|, which cannot overflow.
inline Floats sigmoid(Floats x) {
    const Floats e = exp_of(bits_as<Floats>(bits_as<Words>(x) | 0x80000000u));
    return (x < 0.0f ? e : all(1.0f)) / (1.0f + e);
}

inline float f32_at(const char* values, int64_t index) {
    float value;
    __builtin_memcpy(&value, values + index * static_cast<int64_t>(sizeof value), sizeof value);
    return value;
}

template <typename E>
void norm(const NormArguments& a, int64_t begin, int64_t end) {
    const int64_t row_bytes = a.cols * kElement<E>;
    for (int64_t row = begin; row < end; ++row) {
        const char* x = a.x + row * row_bytes;
        RowSum squares;
        if (a.branch == nullptr) {
            for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t part) {
                const Floats value = load<E>(x, at, count);
                squares.parts[part] += value * value;
            });
        } else {
            char* branch = a.branch + row * row_bytes;
            for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t part) {
                const Floats sum = load<E>(x, at, count) + load<E>(branch, at, count);
                store<E>(branch, at, count, sum);
                const Floats value = rounded<E>(sum);
                squares.parts[part] += value * value;
            });
            x = branch;
        }
        const float rstd = 1.0f / __builtin_sqrtf(squares.total() / static_cast<float>(a.cols) + a.eps);
        __builtin_memcpy(a.rstd + row * static_cast<int64_t>(sizeof rstd), &rstd, sizeof rstd);
        char* y = a.y + row * row_bytes;
        for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t) {
            store<E>(y, at, count, load<E>(x, at, count) * rstd * load<E>(a.weight, at, count));
        });
    }
}

template <typename E>
void renorm(const RenormArguments& a, int64_t begin, int64_t end) {
    const int64_t row_bytes = a.cols * kElement<E>;
    for (int64_t row = begin; row < end; ++row) {
        const char* x = a.x + row * row_bytes;
        char* y = a.y + row * row_bytes;
        const float rstd = f32_at(a.rstd, row);
        for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t) {
            store<E>(y, at, count, load<E>(x, at, count) * rstd * load<E>(a.weight, at, count));
        });
    }
}

template <typename E>
void norm_grad(const NormGradArguments& a, float* partial, int64_t begin, int64_t end) {
    const int64_t row_bytes = a.cols * kElement<E>;
    char* sums = reinterpret_cast<char*>(partial);
    for (int64_t row = begin; row < end; ++row) {
        const char* grad_y = a.grad_y + row * row_bytes;
        const char* x = a.x + row * row_bytes;
        char* stream = a.stream + row * row_bytes;
        const float rstd = f32_at(a.rstd, row);
        RowSum dot;
        for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t part) {
            const Floats grad = load<E>(grad_y, at, count);
            const Floats grad_n = grad * (load<E>(x, at, count) * rstd);
            store<Fp32>(sums, at, count, load<Fp32>(sums, at, count) + grad_n);
            dot.parts[part] += grad_n * load<E>(a.weight, at, count);
        });
        const float mean = dot.total() / static_cast<float>(a.cols);
        for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t) {
            const Floats grad = load<E>(grad_y, at, count) * load<E>(a.weight, at, count);
            const Floats normed = load<E>(x, at, count) * rstd;
            store<E>(stream, at, count, load<E>(stream, at, count) + (grad - normed * mean) * rstd);
        });
    }
}

template <typename E>
void rope(const RopeArguments& a, int64_t begin, int64_t end) {
    const int64_t half = a.width / 2;
    const int64_t table_bytes = half * kElement<Fp32>;
    for (int64_t row = begin; row < end; ++row) {
        const char* cos = a.cos + row * table_bytes;
        const char* sin = a.sin + row * table_bytes;
        for (int64_t head = 0; head < a.heads; ++head) {
            char* x = a.x + (row * a.row_stride + head * a.width) * kElement<E>;
            for_lanes(half, [&](int64_t at, int64_t count, int64_t) {
                const Floats c = load<Fp32>(cos, at, count);
                const Floats s = load<Fp32>(sin, at, count) * a.direction;
                const Floats first = load<E>(x, at, count);
                const Floats second = load<E>(x, half + at, count);
                store<E>(x, at, count, first * c - second * s);
                store<E>(x, half + at, count, second * c + first * s);
            });
        }
    }
}

template <typename E>
void swiglu(const SwigluArguments& a, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
        const char* gate_row = a.gate + row * a.row_stride * kElement<E>;
        const char* up_row = a.up + row * a.row_stride * kElement<E>;
        char* y = a.y + row * a.cols * kElement<E>;
        for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t) {
            const Floats gate = load<E>(gate_row, at, count);
            store<E>(y, at, count, gate * sigmoid(gate) * load<E>(up_row, at, count));
        });
    }
}

template <typename E>
void swiglu_grad(const SwigluGradArguments& a, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
        const char* grad_y = a.grad_y + row * a.cols * kElement<E>;
        char* gate_row = a.gate + row * a.row_stride * kElement<E>;
        char* up_row = a.up + row * a.row_stride * kElement<E>;
        for_lanes(a.cols, [&](int64_t at, int64_t count, int64_t) {
            const Floats grad = load<E>(grad_y, at, count);
            const Floats gate = load<E>(gate_row, at, count);
            const Floats up = load<E>(up_row, at, count);
            const Floats s = sigmoid(gate);
            const Floats silu = gate * s;
            store<E>(gate_row, at, count, grad * up * (s + silu * (1.0f - s)));
            store<E>(up_row, at, count, grad * silu);
        });
    }
}

template <typename E>
void add_to(char* elements, const float* values, int64_t cols) {
    for_lanes(cols, [&](int64_t at, int64_t count, int64_t) {
        const Floats sum = load<E>(elements, at, count) + load<Fp32>(reinterpret_cast<const char*>(values), at, count);
        store<E>(elements, at, count, sum);
    });
}

template <typename E>
constexpr FusedRows table() {
    return {E::kBytes, norm<E>, renorm<E>, norm_grad<E>, rope<E>, swiglu<E>, swiglu_grad<E>, add_to<E>};
}

}  // namespace
}  // namespace packtrain
