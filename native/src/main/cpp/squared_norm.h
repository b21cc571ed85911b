// The sum of squares of a flat fp32 buffer, in a fixed order of additions.
//
// Element i goes to lane i mod 16; a lane is a double that adds its squares in order (the square of an fp32 number is
// exact in fp64). At the end the 16 lanes are added as a binary tree: lane k takes lane k + 8, then k + 4, k + 2, k + 1.
// The result depends on the values and their number only: not on the variant, the alignment or the machine.
#pragma once

#include <cstddef>

namespace packtrain {

constexpr size_t kNormLanes = 16;

double squared_norm_portable(const char* values, size_t num_elements);
double squared_norm_avx2(const char* values, size_t num_elements);
double squared_norm_avx512(const char* values, size_t num_elements);

// `static`, as in adamw_scalar.h: each variant keeps its own copy.
static inline void add_squares_of_tail(double* lanes, const char* values, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
        float value;
        __builtin_memcpy(&value, values + i * sizeof value, sizeof value);
        lanes[i % kNormLanes] += static_cast<double>(value) * static_cast<double>(value);
    }
}

static inline double tree_sum(double* lanes) {
    for (size_t width = kNormLanes / 2; width > 0; width /= 2) {
        for (size_t k = 0; k < width; ++k) {
            lanes[k] += lanes[k + width];
        }
    }
    return lanes[0];
}

}  // namespace packtrain
