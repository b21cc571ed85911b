// One row of cross_entropy.h: every variant is this code (see lanes.h).
#pragma once

#include "cross_entropy.h"
#include "lanes_exp.h"

namespace packtrain {
namespace {

constexpr int64_t kBlock = 1024;

inline Floats larger(Floats a, Floats b) {
    return b > a ? b : a;
}

template <typename Type>
inline float max_of(const char* row, int64_t vocab) {
    Floats parts[4];
    for (Floats& part : parts) {
        part = all(-__builtin_inff());
    }
    int64_t i = 0;
    for (; i + 4 * kWidth <= vocab; i += 4 * kWidth) {
        for (int64_t part = 0; part < 4; ++part) {
            parts[part] = larger(parts[part], Type::load(row + (i + part * kWidth) * Type::kBytes));
        }
    }
    for (; i < vocab; i += kWidth) {
        const int64_t count = vocab - i < kWidth ? vocab - i : kWidth;
        parts[0] = larger(parts[0], load_tail<Type>(row + i * Type::kBytes, count, -__builtin_inff()));
    }
    const Floats both = larger(larger(parts[0], parts[1]), larger(parts[2], parts[3]));
    float largest = both[0];
    for (int64_t lane = 1; lane < kWidth; ++lane) {
        largest = both[lane] > largest ? both[lane] : largest;
    }
    return largest;
}

// Adds exp of 16 elements, of which `count` exist, to the 16 lanes in `sums`.
template <typename Type>
inline void add_exp_of_tail(Floats* sums, const char* at, int64_t count, float largest) {
    for (int64_t part = 0; part * kWidth < count; ++part) {
        const int64_t rest = count - part * kWidth < kWidth ? count - part * kWidth : kWidth;
        const char* from = at + part * kWidth * Type::kBytes;
        sums[part] += exp_of(load_tail<Type>(from, rest, -__builtin_inff()) - largest);
    }
}

template <typename Type>
inline double sum_of_exp(const char* row, int64_t vocab, float largest) {
    double lanes[kLanes] = {};
    for (int64_t block = 0; block < vocab; block += kBlock) {
        const int64_t end = block + kBlock < vocab ? block + kBlock : vocab;
        Floats sums[kParts] = {};
        int64_t i = block;
        for (; i + kLanes <= end; i += kLanes) {
            for (int64_t part = 0; part < kParts; ++part) {
                sums[part] += exp_of(Type::load(row + (i + part * kWidth) * Type::kBytes) - largest);
            }
        }
        add_exp_of_tail<Type>(sums, row + i * Type::kBytes, end - i, largest);
        for (int64_t lane = 0; lane < kLanes; ++lane) {
            lanes[lane] += static_cast<double>(sums[lane / kWidth][lane % kWidth]);
        }
    }
    for (int64_t width = kLanes / 2; width > 0; width /= 2) {
        for (int64_t lane = 0; lane < width; ++lane) {
            lanes[lane] += lanes[lane + width];
        }
    }
    return lanes[0];
}

template <typename Type>
inline void to_probabilities(char* row, int64_t vocab, float largest, float factor) {
    int64_t i = 0;
    for (; i + kWidth <= vocab; i += kWidth) {
        char* at = row + i * Type::kBytes;
        Type::store(at, exp_of(Type::load(at) - largest) * factor);
    }
    if (i < vocab) {
        char* at = row + i * Type::kBytes;
        store_tail<Type>(at, vocab - i, exp_of(load_tail<Type>(at, vocab - i, 0) - largest) * factor);
    }
}

template <typename Type>
inline void cross_entropy_row_as(const CrossEntropyRows& rows, int64_t r) {
    char* row = rows.logits + static_cast<size_t>(r * rows.vocab) * Type::kBytes;
    char* target = row + static_cast<size_t>(rows.targets[r]) * Type::kBytes;
    const float largest = max_of<Type>(row, rows.vocab);
    const double sum = sum_of_exp<Type>(row, rows.vocab, largest);
    const float margin = load_tail<Type>(target, 1, 0)[0] - largest;
    rows.sums[r] = sum;
    rows.margins[r] = static_cast<double>(margin);
    if (rows.with_gradient) {
        const float factor = static_cast<float>(static_cast<double>(rows.scale) / sum);
        to_probabilities<Type>(row, rows.vocab, largest, factor);
        store_tail<Type>(target, 1, exp_of(all(margin)) * factor - rows.scale);
    }
}

template <typename Type>
inline void statistics_as(const CrossEntropyPart& part, int64_t r) {
    const char* row = part.logits + static_cast<size_t>(r * part.columns) * Type::kBytes;
    const int32_t target = part.targets[r];
    part.largest[r] = max_of<Type>(row, part.columns);
    part.sums[r] = sum_of_exp<Type>(row, part.columns, part.largest[r]);
    part.target_logits[r] =
        target < 0 ? 0 : load_tail<Type>(row + static_cast<size_t>(target) * Type::kBytes, 1, 0)[0];
}

template <typename Type>
inline void part_gradient_as(const CrossEntropyPart& part, int64_t r) {
    char* row = part.logits + static_cast<size_t>(r * part.columns) * Type::kBytes;
    const float largest = part.largest[r];
    const float factor = static_cast<float>(static_cast<double>(part.scale) / part.sums[r]);
    const int32_t index = part.targets[r];
    char* target = index < 0 ? nullptr : row + static_cast<size_t>(index) * Type::kBytes;
    const float margin = target == nullptr ? 0 : load_tail<Type>(target, 1, 0)[0] - largest;
    to_probabilities<Type>(row, part.columns, largest, factor);
    if (target != nullptr) {
        store_tail<Type>(target, 1, exp_of(all(margin)) * factor - part.scale);
    }
}

inline void statistics_of_lanes(const CrossEntropyPart& part, int64_t row) {
    switch (part.format) {
        case ElementType::kFp32:
            return statistics_as<Fp32>(part, row);
        case ElementType::kBf16:
            return statistics_as<Bf16>(part, row);
    }
}

inline void part_gradient_of_lanes(const CrossEntropyPart& part, int64_t row) {
    switch (part.format) {
        case ElementType::kFp32:
            return part_gradient_as<Fp32>(part, row);
        case ElementType::kBf16:
            return part_gradient_as<Bf16>(part, row);
    }
}

inline void cross_entropy_row_of_lanes(const CrossEntropyRows& rows, int64_t row) {
    switch (rows.format) {
        case ElementType::kFp32:
            return cross_entropy_row_as<Fp32>(rows, row);
        case ElementType::kBf16:
            return cross_entropy_row_as<Bf16>(rows, row);
    }
}

}  // namespace
}  // namespace packtrain
