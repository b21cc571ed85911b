// The products of low-rank adapters with 512-bit vectors, those of bf16 numbers by dot products of pairs.
#include "vector_avx512bf16.h"

#include "low_rank_body.h"

namespace packtrain {

LowRankTables low_rank_avx512bf16() {
    return {LowRankBody<Avx512, float>::table(), LowRankBody<Avx512Bf16, Bf16>::table()};
}

}  // namespace packtrain
