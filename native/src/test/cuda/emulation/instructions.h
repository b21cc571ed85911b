// Warp instructions on the values of 32 lanes.
#pragma once

#include "machine.h"

namespace packtrain::emulation {

void execute(Instruction instruction, Lane* lanes, Traffic& traffic);

}  // namespace packtrain::emulation
