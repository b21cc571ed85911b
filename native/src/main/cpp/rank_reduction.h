// The elementwise sum or maximum of several buffers, in the order of the buffers.
//
// Sums of fp32 and bf16 are made in fp32 and rounded once, so the result depends on the values and their order only: not on
// the variant, the alignment or where a buffer is cut. The output may be one of the sources.
#pragma once

#include <cstddef>

namespace packtrain {

// ReductionType.nativeId in Java. The output has the type of the sources, or is fp32 for bf16.
enum class ReductionType { kFp32 = 0, kBf16 = 1, kFp64 = 2, kInt64 = 3 };

struct RankReduction {
    bool maximum;  // else the sum; NaN if any is
    ReductionType from;
    ReductionType to;
    const char* const* sources;
    size_t num_sources;  // at least 1
    char* output;
    size_t num_elements;
};

using RankReductionKernel = void (*)(const RankReduction& reduction);
void rank_reduction_portable(const RankReduction& reduction);
void rank_reduction_avx2(const RankReduction& reduction);
void rank_reduction_avx512(const RankReduction& reduction);

}  // namespace packtrain
