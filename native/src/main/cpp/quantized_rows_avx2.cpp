// Quantised matrices for AVX2.
#include "quantized_rows_body.h"

namespace packtrain {

const QuantizedRows quantized_fp32_avx2 = quantized_table<Fp32>();
const QuantizedRows quantized_bf16_avx2 = quantized_table<Bf16>();

}  // namespace packtrain
