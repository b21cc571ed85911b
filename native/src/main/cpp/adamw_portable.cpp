// AdamW for any x86-64 CPU.
#include "adamw_scalar.h"

namespace packtrain {

void adamw_portable(const AdamWBuffers& buffers, size_t num_elements, const AdamWConstants& constants) {
    for (size_t i = 0; i < num_elements; ++i) {
        adamw_element(buffers, i, constants);
    }
}

}  // namespace packtrain
