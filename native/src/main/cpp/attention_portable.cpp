// Attention in tiles with 128-bit vectors; bf16 tensors are computed in fp32.
#include "attention_backward_pass.h"
#include "vector_portable.h"

namespace packtrain {

AttentionKernels attention_portable() {
    return {tiled_kernel<Portable, float>(), tiled_kernel<Portable, Bf16>()};
}

}  // namespace packtrain
