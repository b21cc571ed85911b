// AdamW, with 512-bit vectors.
#include "adamw_lanes.h"

namespace packtrain {

void adamw_avx512(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants) {
    adamw_range(buffers, begin, end, constants);
}

}  // namespace packtrain
