// Quantised matrices for AVX-512.
#include "quantized_rows_body.h"

namespace packtrain {

const QuantizedRows quantized_fp32_avx512 = quantized_table<Fp32>();
const QuantizedRows quantized_bf16_avx512 = quantized_table<Bf16>();

}  // namespace packtrain
