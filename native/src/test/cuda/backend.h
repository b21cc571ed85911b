// Where kernels run: on the emulated GPU of the tests, or on a GPU (gpu/backend.cu).
#pragma once

#include <cstddef>
#include <cstdint>

#include "flash_mask_args.h"

namespace packtrain {

enum class Kernel { kForward, kRowSums, kBackwardQuery, kBackwardKey };

struct Variant {
    bool bf16;
    int head_dim;
};

int shared_bytes(Kernel kernel, int head_dim);
// Blocks of threads that share a block of rows, and of keys going back.
int parts(int head_dim);

// On the machine that runs the kernels; aligned to 16 bytes, filled with bytes 0xff.
void* allocate(size_t num_bytes);
void free_all();
void upload(void* to, const void* from, size_t num_bytes);
void download(void* to, const void* from, size_t num_bytes);
void launch(Kernel kernel, const Variant& variant, int grid_x, int grid_y, const FlashMaskArgs& args);

}  // namespace packtrain
