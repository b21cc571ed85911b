// The kernels of passes.cu and quantized.cu on the emulated GPU, by name.
#pragma once

#include <cstddef>

namespace packtrain {

struct Pass {
    const char* name;
    size_t parameter_bytes;
    int shared_bytes;
    void (*run_thread)(const void* parameter);
};

// nullptr for other names.
const Pass* find_pass(const char* name);

// Under another schedule each time.
void launch(const Pass& pass, int grid_x, int grid_y, const void* parameter);

}  // namespace packtrain
