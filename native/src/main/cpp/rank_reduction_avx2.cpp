// The reduction over ranks, with 256-bit vectors.
#include "rank_reduction_lanes.h"

namespace packtrain {

void rank_reduction_avx2(const RankReduction& reduction) {
    rank_reduction_of(reduction);
}

}  // namespace packtrain
