// The problems that every backend has to solve, and the rules.
#pragma once

#include <string>
#include <vector>

#include "attention.h"

namespace packtrain {

// Masks × types × head dims, with odd lengths, groups of heads, one-token documents and empty rows.
std::vector<Problem> problems();
std::string describe(const Problem& problem);

// Runs a problem; true if every error against fp64 is at most twice that of the plain 16-bit implementation, rows without keys
// are zeros with log-sum-exp +inf, and a second run gives the same bits. Prints one line.
bool check(const Problem& problem);

}  // namespace packtrain
