// Attention in tiles with 512-bit vectors and dot products of bf16 pairs; fp32 tensors are computed in fp32.
#include "attention_backward_pass.h"
#include "vector_avx512bf16.h"

namespace packtrain {

AttentionKernels attention_avx512bf16() {
    return {tiled_kernel<Avx512, float>(), tiled_kernel<Avx512Bf16, Bf16>()};
}

}  // namespace packtrain
