// The row-wise passes of a transformer block: RMSNorm with the residual addition, rotary positions, SwiGLU.
//
// Arguments and variants. A matrix is contiguous [rows, cols] unless a stride (in elements) is given; "element" is fp32 or
// bf16, chosen with the table of functions. Whatever the element, arithmetic is fp32 and a result is rounded once.
// All variants give the same bits: no fused multiply-add, and sums over a row go through 16 lanes in a fixed order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace packtrain {

// y = x / sqrt(mean(x^2) + eps) * weight
struct NormArguments {
    const char* x;       // elements [rows, cols]
    char* branch;        // null, or elements [rows, cols]: becomes branch + x, and that is normed in place of x
    const char* weight;  // elements [cols]
    char* y;             // elements [rows, cols]
    char* rstd;          // fp32 [rows]: 1 / sqrt(mean(x^2) + eps)
    int64_t cols;
    float eps;
};

// y = x * rstd * weight: the norm again, from what its first run left.
struct RenormArguments {
    const char* x;
    const char* weight;
    const char* rstd;
    char* y;
    int64_t cols;
};

// With n = x * rstd and g = grad_y * weight: stream += rstd * (g - n * mean(g * n)); partial += grad_y * n over the rows.
struct NormGradArguments {
    const char* grad_y;  // elements [rows, cols]
    const char* x;       // elements [rows, cols]
    const char* weight;  // elements [cols]
    const char* rstd;    // fp32 [rows]
    char* stream;        // elements [rows, cols], added to
    int64_t cols;
};

// Turns (x[i], x[i + width/2]) of each head by the angle whose cosine and sine are given; in place.
struct RopeArguments {
    char* x;          // elements [rows, heads, width], rows `row_stride` apart
    const char* cos;  // fp32 [rows, width / 2]
    const char* sin;
    int64_t row_stride;
    int64_t heads;
    int64_t width;
    float direction;  // 1, or -1 for the transpose
};

// y = gate * sigmoid(gate) * up
struct SwigluArguments {
    const char* gate;  // elements [rows, cols], rows `row_stride` apart
    const char* up;    // likewise
    char* y;           // elements [rows, cols], contiguous
    int64_t row_stride;
    int64_t cols;
};

// The gradients of gate and up take their places.
struct SwigluGradArguments {
    const char* grad_y;  // elements [rows, cols], contiguous
    char* gate;
    char* up;
    int64_t row_stride;
    int64_t cols;
};

// Each function does the rows begin..end-1 in the calling thread.
struct FusedRows {
    size_t element_bytes;
    void (*norm)(const NormArguments&, int64_t begin, int64_t end);
    void (*renorm)(const RenormArguments&, int64_t begin, int64_t end);
    // `partial` is fp32 [cols] and is added to.
    void (*norm_grad)(const NormGradArguments&, float* partial, int64_t begin, int64_t end);
    void (*rope)(const RopeArguments&, int64_t begin, int64_t end);
    void (*swiglu)(const SwigluArguments&, int64_t begin, int64_t end);
    void (*swiglu_grad)(const SwigluGradArguments&, int64_t begin, int64_t end);
    // elements [cols] += fp32 [cols]
    void (*add_to)(char* elements, const float* values, int64_t cols);
};

extern const FusedRows fused_fp32_portable, fused_bf16_portable;
extern const FusedRows fused_fp32_avx2, fused_bf16_avx2;
extern const FusedRows fused_fp32_avx512, fused_bf16_avx512;

}  // namespace packtrain
