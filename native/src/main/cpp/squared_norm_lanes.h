// The sum of squares: every variant is this code (see lanes.h).
#pragma once

#include "lanes.h"
#include "squared_norm.h"

namespace packtrain {
namespace {

typedef double Doubles __attribute__((vector_size(8 * PACKTRAIN_WIDTH)));

template <typename Type>
inline void add_squares(Doubles* sums, const char* at, int64_t count) {
    for (int64_t part = 0; part * kWidth < count; ++part) {
        const int64_t rest = count - part * kWidth;
        const char* from = at + part * kWidth * Type::kBytes;
        const Floats x = rest >= kWidth ? Type::load(from) : load_tail<Type>(from, rest, 0);
        const Doubles wide = __builtin_convertvector(x, Doubles);
        sums[part] += wide * wide;
    }
}

template <typename Type>
inline double squared_norm_as(const char* values, size_t num_elements) {
    Doubles sums[kParts] = {};
    const int64_t n = static_cast<int64_t>(num_elements);
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        add_squares<Type>(sums, values + i * Type::kBytes, kLanes);
    }
    add_squares<Type>(sums, values + i * Type::kBytes, n - i);
    double lanes[kLanes];
    __builtin_memcpy(lanes, sums, sizeof lanes);
    for (int64_t width = kLanes / 2; width > 0; width /= 2) {
        for (int64_t lane = 0; lane < width; ++lane) {
            lanes[lane] += lanes[lane + width];
        }
    }
    return lanes[0];
}

inline double squared_norm_of(ElementType format, const char* values, size_t num_elements) {
    return format == ElementType::kFp32 ? squared_norm_as<Fp32>(values, num_elements)
                                        : squared_norm_as<Bf16>(values, num_elements);
}

}  // namespace
}  // namespace packtrain
