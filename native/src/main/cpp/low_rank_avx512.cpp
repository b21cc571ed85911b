// The products of low-rank adapters with 512-bit vectors; bf16 numbers are multiplied in fp32.
#include "vector_avx512.h"

#include "low_rank_body.h"

namespace packtrain {

LowRankTables low_rank_avx512() {
    return {LowRankBody<Avx512, float>::table(), LowRankBody<Avx512, Bf16>::table()};
}

}  // namespace packtrain
