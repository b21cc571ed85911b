// Cross-entropy of a row, for any x86-64 CPU.
#include "cross_entropy_lanes.h"

namespace packtrain {

void cross_entropy_row_portable(const CrossEntropyRows& rows, int64_t row) {
    cross_entropy_row_of_lanes(rows, row);
}

void cross_entropy_statistics_portable(const CrossEntropyPart& part, int64_t row) {
    statistics_of_lanes(part, row);
}

void cross_entropy_gradient_portable(const CrossEntropyPart& part, int64_t row) {
    part_gradient_of_lanes(part, row);
}

}  // namespace packtrain
