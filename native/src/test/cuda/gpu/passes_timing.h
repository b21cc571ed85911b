// Beside attention: what the other kernels of a step take.
#pragma once

namespace packtrain {

// Prints a table of bytes, times and rates.
void time_passes();

}  // namespace packtrain
