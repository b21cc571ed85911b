// Sum of squares, for any x86-64 CPU.
#include "squared_norm_lanes.h"

namespace packtrain {

double squared_norm_portable(ElementType format, const char* values, size_t num_elements) {
    return squared_norm_of(format, values, num_elements);
}

}  // namespace packtrain
