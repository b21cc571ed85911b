// The sum of squares of a flat buffer, in a fixed order of additions.
//
// Element i goes to lane i mod 16; a lane is a double that adds its squares in order (the square of an fp32 number is
// exact in fp64). At the end the 16 lanes are added as a binary tree: lane k takes lane k + 8, then k + 4, k + 2, k + 1.
// The result depends on the values and their number only: not on the variant, the alignment or the machine.
#pragma once

#include <cstddef>

#include "element_type.h"

namespace packtrain {

using SquaredNormKernel = double (*)(ElementType format, const char* values, size_t num_elements);
double squared_norm_portable(ElementType format, const char* values, size_t num_elements);
double squared_norm_avx2(ElementType format, const char* values, size_t num_elements);
double squared_norm_avx512(ElementType format, const char* values, size_t num_elements);

}  // namespace packtrain
