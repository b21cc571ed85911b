// The entry points of flash_mask.cu, which is included before this.
#pragma once

#include "backend.h"

namespace packtrain {

using EntryPoint = void (*)(FlashMaskArgs);

#define PACKTRAIN_ENTRY_POINTS(NAME, DIM)                                                           \
    if (variant.head_dim == DIM && variant.bf16 == PACKTRAIN_IS_##NAME) {                           \
        switch (kernel) {                                                                           \
            case Kernel::kForward: return flash_mask_forward_##NAME##_d##DIM;                       \
            case Kernel::kRowSums: return flash_mask_row_sums_##NAME##_d##DIM;                      \
            case Kernel::kBackwardQuery: return flash_mask_backward_query_##NAME##_d##DIM;          \
            case Kernel::kBackwardKey: return flash_mask_backward_key_##NAME##_d##DIM;              \
        }                                                                                           \
    }
#define PACKTRAIN_IS_bf16 true
#define PACKTRAIN_IS_fp16 false

// nullptr for a head dim without kernels.
inline EntryPoint entry_point(Kernel kernel, const Variant& variant) {
    PACKTRAIN_ENTRY_POINTS(bf16, 32)
    PACKTRAIN_ENTRY_POINTS(bf16, 64)
    PACKTRAIN_ENTRY_POINTS(bf16, 96)
    PACKTRAIN_ENTRY_POINTS(bf16, 128)
    PACKTRAIN_ENTRY_POINTS(fp16, 32)
    PACKTRAIN_ENTRY_POINTS(fp16, 64)
    PACKTRAIN_ENTRY_POINTS(fp16, 96)
    PACKTRAIN_ENTRY_POINTS(fp16, 128)
    return nullptr;
}

template <int D>
int shared_bytes_of(Kernel kernel) {
    switch (kernel) {
        case Kernel::kForward: return FlashMaskShape<D>::kForwardSharedBytes;
        case Kernel::kRowSums: return 0;
        case Kernel::kBackwardQuery: return FlashMaskShape<D>::kBackwardQuerySharedBytes;
        case Kernel::kBackwardKey: return FlashMaskShape<D>::kBackwardKeySharedBytes;
    }
    return 0;
}

int shared_bytes(Kernel kernel, int head_dim) {
    switch (head_dim) {
        case 32: return shared_bytes_of<32>(kernel);
        case 64: return shared_bytes_of<64>(kernel);
        case 96: return shared_bytes_of<96>(kernel);
        default: return shared_bytes_of<128>(kernel);
    }
}

}  // namespace packtrain
