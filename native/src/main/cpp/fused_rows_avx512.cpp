// The row-wise passes for AVX-512.
#include "fused_rows_body.h"

namespace packtrain {

const FusedRows fused_fp32_avx512 = table<Fp32>();
const FusedRows fused_bf16_avx512 = table<Bf16>();

}  // namespace packtrain
