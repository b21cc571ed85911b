// Sum of squares, with 256-bit vectors.
#include "squared_norm_lanes.h"

namespace packtrain {

double squared_norm_avx2(ElementType format, const char* values, size_t num_elements) {
    return squared_norm_of(format, values, num_elements);
}

}  // namespace packtrain
