// The products of low-rank adapters with 128-bit vectors; bf16 numbers are multiplied in fp32.
#include "vector_portable.h"

#include "low_rank_body.h"

namespace packtrain {

LowRankTables low_rank_portable() {
    return {LowRankBody<Portable, float>::table(), LowRankBody<Portable, Bf16>::table()};
}

}  // namespace packtrain
