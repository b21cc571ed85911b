// Quantised matrices for any x86-64 CPU.
#include "quantized_rows_body.h"

namespace packtrain {

const QuantizedRows quantized_fp32_portable = quantized_table<Fp32>();
const QuantizedRows quantized_bf16_portable = quantized_table<Bf16>();

}  // namespace packtrain
