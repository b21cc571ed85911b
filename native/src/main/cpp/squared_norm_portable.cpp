// Sum of squares for any x86-64 CPU.
#include "squared_norm.h"

namespace packtrain {

double squared_norm_portable(const char* values, size_t num_elements) {
    double lanes[kNormLanes] = {};
    add_squares_of_tail(lanes, values, 0, num_elements);
    return tree_sum(lanes);
}

}  // namespace packtrain
