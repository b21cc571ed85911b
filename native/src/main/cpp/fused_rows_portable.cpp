// The row-wise passes for any x86-64 CPU.
#include "fused_rows_body.h"

namespace packtrain {

const FusedRows fused_fp32_portable = table<Fp32>();
const FusedRows fused_bf16_portable = table<Bf16>();

}  // namespace packtrain
