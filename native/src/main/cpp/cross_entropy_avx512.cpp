// Cross-entropy of a row, with 512-bit vectors.
#include "cross_entropy_lanes.h"

namespace packtrain {

void cross_entropy_row_avx512(const CrossEntropyRows& rows, int64_t row) {
    cross_entropy_row_of_lanes(rows, row);
}

}  // namespace packtrain
