// AdamW, for any x86-64 CPU.
#include "adamw_lanes.h"

namespace packtrain {

void adamw_portable(const AdamWBuffers& buffers, size_t begin, size_t end, const AdamWConstants& constants) {
    adamw_range(buffers, begin, end, constants);
}

}  // namespace packtrain
