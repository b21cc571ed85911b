// The products of low-rank adapters with 256-bit vectors and fused multiply-adds; bf16 numbers are multiplied in fp32.
#include "vector_avx2fma.h"

#include "low_rank_body.h"

namespace packtrain {

LowRankTables low_rank_avx2fma() {
    return {LowRankBody<Avx2Fma, float>::table(), LowRankBody<Avx2Fma, Bf16>::table()};
}

}  // namespace packtrain
