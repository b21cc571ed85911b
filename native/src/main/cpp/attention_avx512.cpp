// Attention in tiles with 512-bit vectors; bf16 tensors are computed in fp32.
#include "attention_backward_pass.h"
#include "vector_avx512.h"

namespace packtrain {

AttentionKernels attention_avx512() {
    return {tiled_kernel<Avx512, float>(), tiled_kernel<Avx512, Bf16>()};
}

}  // namespace packtrain
