// The entry points of flash_mask.cu, which is included before this.
#pragma once

#include "backend.h"

namespace packtrain {

using EntryPoint = void (*)(FlashMaskArgs);

// The widths that there are kernels for; heads of other widths take the next one's.
constexpr int kKernelDims[] = {32, 64, 96, 128, 192, 256};

// 0 for heads that are too wide.
inline int kernel_dim(int head_dim) {
    for (int dim : kKernelDims) {
        if (head_dim <= dim) {
            return dim;
        }
    }
    return 0;
}

#define PACKTRAIN_ENTRY_POINTS(NAME, DIM)                                                           \
    if (kernel_dim(variant.head_dim) == DIM && variant.bf16 == PACKTRAIN_IS_##NAME) {                           \
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
    PACKTRAIN_ENTRY_POINTS(bf16, 192)
    PACKTRAIN_ENTRY_POINTS(bf16, 256)
    PACKTRAIN_ENTRY_POINTS(fp16, 32)
    PACKTRAIN_ENTRY_POINTS(fp16, 64)
    PACKTRAIN_ENTRY_POINTS(fp16, 96)
    PACKTRAIN_ENTRY_POINTS(fp16, 128)
    PACKTRAIN_ENTRY_POINTS(fp16, 192)
    PACKTRAIN_ENTRY_POINTS(fp16, 256)
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
    switch (kernel_dim(head_dim)) {
        case 32: return shared_bytes_of<32>(kernel);
        case 64: return shared_bytes_of<64>(kernel);
        case 96: return shared_bytes_of<96>(kernel);
        case 128: return shared_bytes_of<128>(kernel);
        case 192: return shared_bytes_of<192>(kernel);
        default: return shared_bytes_of<256>(kernel);
    }
}

int parts(int head_dim) { return kernel_dim(head_dim) <= 128 ? FlashMaskShape<128>::kParts : FlashMaskShape<256>::kParts; }

}  // namespace packtrain
