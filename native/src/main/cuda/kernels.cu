// All kernels, compiled as one module.
#include "flash_mask.cu"
#include "passes.cu"
#include "quantized.cu"
