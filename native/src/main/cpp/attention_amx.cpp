// Attention in tiles with the tile registers of AMX where the tensors are bf16; fp32 tensors are computed with 512-bit vectors.
#include "attention_backward_pass.h"
#include "vector_amx.h"

namespace packtrain {

AttentionKernels attention_amx() {
    return {tiled_kernel<Avx512, float>(), tiled_kernel<Amx, Bf16>()};
}

}  // namespace packtrain
