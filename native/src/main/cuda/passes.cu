// Entry points of the row-wise and flat passes, of 128 threads a block. Blocks: of norm, renorm and norm_grad rows / 4; of
// norm_weight_grad (cols / 1024, rows / 64); of norm_weight_sum cols / 128; of rope pairs in eights / 128; of swiglu and
// swiglu_grad (rows, cols / 1024); of cross_entropy, softmax_statistics and softmax_part_gradient rows, the
// first two with 32 bytes of shared memory; of adamw_step count / 1024; of squares any.
#include "flat.h"
#include "norm.h"
#include "rows.h"

#define PACKTRAIN_PASS(NAME, FORMAT, TYPE, ARGS)                                     \
    PACKTRAIN_KERNEL(128, 8) NAME##_##FORMAT(PACKTRAIN_PARAMETER packtrain::ARGS args) { \
        packtrain::NAME<packtrain::TYPE>(args);                                      \
    }

#define PACKTRAIN_PASSES(FORMAT, TYPE)                          \
    PACKTRAIN_PASS(norm, FORMAT, TYPE, NormArgs)                \
    PACKTRAIN_PASS(renorm, FORMAT, TYPE, NormArgs)              \
    PACKTRAIN_PASS(norm_grad, FORMAT, TYPE, NormGradArgs)       \
    PACKTRAIN_PASS(norm_weight_grad, FORMAT, TYPE, NormGradArgs) \
    PACKTRAIN_PASS(norm_weight_sum, FORMAT, TYPE, NormGradArgs) \
    PACKTRAIN_PASS(rope, FORMAT, TYPE, RopeArgs)                \
    PACKTRAIN_PASS(swiglu, FORMAT, TYPE, SwigluArgs)            \
    PACKTRAIN_PASS(swiglu_grad, FORMAT, TYPE, SwigluArgs)       \
    PACKTRAIN_PASS(cross_entropy, FORMAT, TYPE, CrossEntropyArgs) \
    PACKTRAIN_PASS(softmax_statistics, FORMAT, TYPE, SoftmaxPartArgs) \
    PACKTRAIN_PASS(softmax_part_gradient, FORMAT, TYPE, SoftmaxPartArgs) \
    PACKTRAIN_PASS(squares, FORMAT, TYPE, SquaresArgs)

PACKTRAIN_PASSES(bf16, Bf16)
PACKTRAIN_PASSES(fp32, Fp32)

PACKTRAIN_KERNEL(128, 4) adamw_step(PACKTRAIN_PARAMETER packtrain::AdamWArgs args) { packtrain::adamw(args); }
