// Time on the GPU's own clock.
#pragma once

#include <functional>

namespace packtrain {

// Mean of so many runs, between two events; the caller has warmed up.
double milliseconds(int num_runs, const std::function<void()>& run);
void describe_device();

}  // namespace packtrain
