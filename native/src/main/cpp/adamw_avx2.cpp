// AdamW, with 256-bit vectors.
#include "adamw_lanes.h"

namespace packtrain {

void adamw_avx2(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants) {
    adamw_range(buffers, begin, end, constants);
}

}  // namespace packtrain
