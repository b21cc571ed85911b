// One attention problem: its inputs and outputs on the host, the kernels on a backend, and the two implementations that they are
// measured with: fp64, and a plain one that rounds every intermediate to 16 bits as a framework without fused kernels does.
#pragma once

#include <cstdint>
#include <vector>

#include "backend.h"
#include "masks.h"

namespace packtrain {

struct Problem {
    Mask mask;
    int num_heads;
    int num_groups;
    Variant variant;
    float scale;
    // Added to the first number of each query and taken from that of each key: scores are lower by scale * repulsion².
    double repulsion;
};

// [rows, heads, D]
using Values = std::vector<double>;

struct Inputs {
    Values q, k, v, grad_o;
};

struct Outputs {
    Values o, grad_q, grad_k, grad_v;
    // [heads, rows]
    Values log_sum;
};

// Normal numbers that 16 bits represent exactly.
Inputs random_inputs(const Problem& problem, uint32_t seed);

Outputs reference(const Problem& problem, const Inputs& inputs);
Outputs plain_16_bit(const Problem& problem, const Inputs& inputs);
// Through the kernels; with what they wrote, bit for bit, in "bits" (o, dQ, dK, dV, log-sum-exp).
Outputs through_kernels(const Problem& problem, const Inputs& inputs, std::vector<uint32_t>& bits);

// Puts the plan on the machine of the kernels, with room for the row statistics; fills all of args but the tensors.
void share_with_kernels(const Problem& problem, const Plan& plan, FlashMaskArgs& args);

uint16_t round_to_bits(double x, bool bf16);
double from_bits(uint16_t bits, bool bf16);

}  // namespace packtrain
