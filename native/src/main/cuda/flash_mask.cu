// Entry points: flash_mask_{forward,row_sums,backward_query,backward_key}_{bf16,fp16}_d{32,64,96,128,192,256}, for heads of this
// width or less. Blocks of 128 threads; grids (parts of blocks of 128 rows, heads), (padded rows / 32, heads), (parts of blocks of
// 128 rows, heads), (parts of blocks of 64 keys, key heads), with FlashMaskShape::kParts parts.
#include "backward_key.h"

#define PACKTRAIN_FLASH_MASK(NAME, TYPE, DIM)                                                                             \
    PACKTRAIN_KERNEL(128, 2) flash_mask_forward_##NAME##_d##DIM(PACKTRAIN_PARAMETER packtrain::FlashMaskArgs args) {       \
        packtrain::forward<packtrain::TYPE, DIM>(args);                                                                   \
    }                                                                                                                     \
    PACKTRAIN_KERNEL(128, 8) flash_mask_row_sums_##NAME##_d##DIM(PACKTRAIN_PARAMETER packtrain::FlashMaskArgs args) {      \
        packtrain::row_sums<packtrain::TYPE, DIM>(args);                                                                  \
    }                                                                                                                     \
    PACKTRAIN_KERNEL(128, 2) flash_mask_backward_query_##NAME##_d##DIM(                                                   \
        PACKTRAIN_PARAMETER packtrain::FlashMaskArgs args) {                                                              \
        packtrain::backward_query<packtrain::TYPE, DIM>(args);                                                            \
    }                                                                                                                     \
    PACKTRAIN_KERNEL(128, 2) flash_mask_backward_key_##NAME##_d##DIM(PACKTRAIN_PARAMETER packtrain::FlashMaskArgs args) {  \
        packtrain::backward_key<packtrain::TYPE, DIM>(args);                                                              \
    }

PACKTRAIN_FLASH_MASK(bf16, Bf16, 32)
PACKTRAIN_FLASH_MASK(bf16, Bf16, 64)
PACKTRAIN_FLASH_MASK(bf16, Bf16, 96)
PACKTRAIN_FLASH_MASK(bf16, Bf16, 128)
PACKTRAIN_FLASH_MASK(bf16, Bf16, 192)
PACKTRAIN_FLASH_MASK(bf16, Bf16, 256)
PACKTRAIN_FLASH_MASK(fp16, Fp16, 32)
PACKTRAIN_FLASH_MASK(fp16, Fp16, 64)
PACKTRAIN_FLASH_MASK(fp16, Fp16, 96)
PACKTRAIN_FLASH_MASK(fp16, Fp16, 128)
PACKTRAIN_FLASH_MASK(fp16, Fp16, 192)
PACKTRAIN_FLASH_MASK(fp16, Fp16, 256)
