// The row-wise passes for AVX2.
#include "fused_rows_body.h"

namespace packtrain {

const FusedRows fused_fp32_avx2 = table<Fp32>();
const FusedRows fused_bf16_avx2 = table<Bf16>();

}  // namespace packtrain
