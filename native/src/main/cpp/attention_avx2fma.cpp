// Attention in tiles with 256-bit vectors; bf16 tensors are computed in fp32.
#include "attention_backward_pass.h"
#include "vector_avx2fma.h"

namespace packtrain {

AttentionKernels attention_avx2fma() {
    return {tiled_kernel<Avx2Fma, float>(), tiled_kernel<Avx2Fma, Bf16>()};
}

}  // namespace packtrain
