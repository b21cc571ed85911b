// The reduction over ranks: every variant is this code (see lanes.h).
#pragma once

#include "lanes.h"
#include "rank_reduction.h"

namespace packtrain {
namespace {

struct Sum {
    template <typename Values>
    static inline Values of(Values a, Values b) {
        return a + b;
    }
};

struct Maximum {
    // A NaN on either side wins: b > NaN is false, and b != b says that b is one.
    template <typename Values>
    static inline Values of(Values a, Values b) {
        return ((b > a) | (b != b)) ? b : a;
    }
};

template <typename Op, typename From, typename To>
inline void reduce_floats(const RankReduction& r) {
    const int64_t n = static_cast<int64_t>(r.num_elements);
    int64_t i = 0;
    for (; i + kWidth <= n; i += kWidth) {
        Floats values = From::load(r.sources[0] + i * From::kBytes);
        for (size_t source = 1; source < r.num_sources; ++source) {
            values = Op::of(values, From::load(r.sources[source] + i * From::kBytes));
        }
        To::store(r.output + i * To::kBytes, values);
    }
    if (i < n) {
        Floats values = load_tail<From>(r.sources[0] + i * From::kBytes, n - i, 0);
        for (size_t source = 1; source < r.num_sources; ++source) {
            values = Op::of(values, load_tail<From>(r.sources[source] + i * From::kBytes, n - i, 0));
        }
        store_tail<To>(r.output + i * To::kBytes, n - i, values);
    }
}

// 64-bit elements, as many at a time as stay in registers.
template <typename Op, typename Element>
inline void reduce_wide(const RankReduction& r) {
    typedef Element Block __attribute__((vector_size(64)));
    constexpr size_t kBlock = sizeof(Block) / sizeof(Element);
    for (size_t i = 0; i < r.num_elements; i += kBlock) {
        const size_t count = r.num_elements - i < kBlock ? r.num_elements - i : kBlock;
        const size_t bytes = count * sizeof(Element);
        Block values = {};
        __builtin_memcpy(&values, r.sources[0] + i * sizeof(Element), bytes);
        for (size_t source = 1; source < r.num_sources; ++source) {
            Block next = {};
            __builtin_memcpy(&next, r.sources[source] + i * sizeof(Element), bytes);
            values = Op::of(values, next);
        }
        __builtin_memcpy(r.output + i * sizeof(Element), &values, bytes);
    }
}

template <typename Op, typename Integer>
inline void rank_reduction_by(const RankReduction& r) {
    switch (r.from) {
        case ReductionType::kFp32:
            return reduce_floats<Op, Fp32, Fp32>(r);
        case ReductionType::kBf16:
            return r.to == ReductionType::kFp32 ? reduce_floats<Op, Bf16, Fp32>(r) : reduce_floats<Op, Bf16, Bf16>(r);
        case ReductionType::kFp64:
            return reduce_wide<Op, double>(r);
        case ReductionType::kInt64:
            return reduce_wide<Op, Integer>(r);
    }
}

inline void rank_reduction_of(const RankReduction& r) {
    // Sums of integers wrap around, as libtorch's do; only unsigned ones may in C++.
    r.maximum ? rank_reduction_by<Maximum, int64_t>(r) : rank_reduction_by<Sum, uint64_t>(r);
}

}  // namespace
}  // namespace packtrain
