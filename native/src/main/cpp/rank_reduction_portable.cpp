// The reduction over ranks, for any x86-64 CPU.
#include "rank_reduction_lanes.h"

namespace packtrain {

void rank_reduction_portable(const RankReduction& reduction) {
    rank_reduction_of(reduction);
}

}  // namespace packtrain
