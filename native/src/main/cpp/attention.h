// FlashAttention on the CPU with FlashMask columns: what the variants share with their caller.
//
// Dao et al. 2022 (arXiv 2205.14135) for the tiled softmax and the backward pass that computes the scores again, Wang et
// al. 2024 (arXiv 2410.01359) for the mask. A score is scale * q.k; row r does not see key c if the mask hides it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "attention_plan.h"

namespace packtrain {

struct Bf16 {
    uint16_t bits;
};

// Head h of row r begins at element r * row_stride + h * head_stride; its head_dim elements are contiguous.
struct HeadTensor {
    char* data;
    ptrdiff_t row_stride;
    ptrdiff_t head_stride;
};

struct AttentionShape {
    int num_heads;     // of q, o and their gradients
    int num_kv_heads;  // of k, v and their gradients; divides num_heads: head h reads kv head h / (num_heads / num_kv_heads)
    int head_dim;      // a multiple of 16, 32 to 256
    float scale;       // > 0
    int num_threads;   // 0: as many as libtorch uses
};

struct ForwardTensors {
    HeadTensor q, k, v;
    HeadTensor o;  // out
    float* lse;    // out, [heads, rows]: natural logarithm of the sum of exponentials; -inf for a row that sees nothing
};

struct BackwardTensors {
    HeadTensor d_o, q, k, v, o;
    const float* lse;
    HeadTensor dq, dk, dv;  // out
};

// False: there was no memory for the workspace, and nothing has been written.
using ForwardPassFn = bool (*)(AttentionPlan&, const AttentionShape&, const ForwardTensors&);
using BackwardPassFn = bool (*)(AttentionPlan&, const AttentionShape&, const BackwardTensors&);

struct AttentionKernel {
    ForwardPassFn forward;
    BackwardPassFn backward;
};

// Indexed by the type of the tensors' elements.
struct AttentionKernels {
    AttentionKernel fp32;
    AttentionKernel bf16;
};

AttentionKernels attention_plain();       // the obvious loops: the yardstick
AttentionKernels attention_portable();    // tiled, 128-bit vectors
AttentionKernels attention_avx2fma();     // tiled, 256-bit vectors
AttentionKernels attention_avx512();      // tiled, 512-bit vectors
AttentionKernels attention_avx512bf16();  // the same with bf16 dot products where the tensors are bf16
AttentionKernels attention_amx();         // the same with bf16 matrix products where the tensors are bf16

}  // namespace packtrain
