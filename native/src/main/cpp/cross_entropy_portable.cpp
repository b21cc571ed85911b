// Cross-entropy of a row, for any x86-64 CPU.
#include "cross_entropy_lanes.h"

namespace packtrain {

void cross_entropy_row_portable(const CrossEntropyRows& rows, int64_t row) {
    cross_entropy_row_of_lanes(rows, row);
}

}  // namespace packtrain
