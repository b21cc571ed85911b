// The reduction over ranks, with 512-bit vectors.
#include "rank_reduction_lanes.h"

namespace packtrain {

void rank_reduction_avx512(const RankReduction& reduction) {
    rank_reduction_of(reduction);
}

}  // namespace packtrain
