#include <cmath>
#include <random>

#include "attention.h"

namespace packtrain {
namespace {

struct Rounding {
    bool active;
    bool bf16;
    double operator()(double x) const { return active ? from_bits(round_to_bits(x, bf16), bf16) : x; }
};

double dot(const double* x, const double* y, int n) {
    double sum = 0;
    for (int i = 0; i < n; ++i) {
        sum += x[i] * y[i];
    }
    return sum;
}

// Probabilities of one row over the keys; returns the log-sum-exp.
double probabilities(const Problem& problem, const double* q, const Inputs& inputs, int group, int row, const Rounding& round,
                     std::vector<double>& p) {
    const int d = problem.variant.head_dim;
    double highest = -HUGE_VAL;
    for (int key = 0; key < problem.mask.num_keys; ++key) {
        const double* k = &inputs.k[(static_cast<size_t>(key) * problem.num_groups + group) * d];
        p[key] = sees(problem.mask, row, key) ? round(round(dot(q, k, d)) * problem.scale) : -HUGE_VAL;
        highest = std::fmax(highest, p[key]);
    }
    double sum = 0;
    for (double& x : p) {
        x = highest == -HUGE_VAL ? 0 : std::exp(x - highest);
        sum += x;
    }
    for (double& x : p) {
        x = sum == 0 ? 0 : round(x / sum);
    }
    return sum == 0 ? HUGE_VAL : highest + std::log(sum);
}

void add_row(const Problem& problem, const Inputs& inputs, int head, int row, const Rounding& round, Outputs& out) {
    const int d = problem.variant.head_dim;
    const int group = head / (problem.num_heads / problem.num_groups);
    const size_t at = (static_cast<size_t>(row) * problem.num_heads + head) * d;
    const double* q = &inputs.q[at];
    const double* grad_o = &inputs.grad_o[at];
    std::vector<double> p(problem.mask.num_keys);
    out.log_sum[static_cast<size_t>(head) * problem.mask.num_rows + row] =
        probabilities(problem, q, inputs, group, row, round, p);
    double delta = 0;
    for (int i = 0; i < d; ++i) {
        for (int key = 0; key < problem.mask.num_keys; ++key) {
            out.o[at + i] += p[key] * inputs.v[(static_cast<size_t>(key) * problem.num_groups + group) * d + i];
        }
        out.o[at + i] = round(out.o[at + i]);
        delta += out.o[at + i] * grad_o[i];
    }
    for (int key = 0; key < problem.mask.num_keys; ++key) {
        const size_t k = (static_cast<size_t>(key) * problem.num_groups + group) * d;
        const double grad_s = round(p[key] * (round(dot(grad_o, &inputs.v[k], d)) - delta));
        for (int i = 0; i < d; ++i) {
            out.grad_v[k + i] += p[key] * grad_o[i];
            out.grad_q[at + i] += problem.scale * grad_s * inputs.k[k + i];
            out.grad_k[k + i] += problem.scale * grad_s * q[i];
        }
    }
}

Outputs attend(const Problem& problem, const Inputs& inputs, const Rounding& round) {
    Outputs out;
    out.o.resize(inputs.q.size());
    out.grad_q.resize(inputs.q.size());
    out.grad_k.resize(inputs.k.size());
    out.grad_v.resize(inputs.v.size());
    out.log_sum.resize(static_cast<size_t>(problem.num_heads) * problem.mask.num_rows);
    for (int head = 0; head < problem.num_heads; ++head) {
        for (int row = 0; row < problem.mask.num_rows; ++row) {
            add_row(problem, inputs, head, row, round, out);
        }
    }
    for (Values* x : {&out.grad_q, &out.grad_k, &out.grad_v}) {
        for (double& y : *x) {
            y = round(y);
        }
    }
    return out;
}

}  // namespace

Inputs random_inputs(const Problem& problem, uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    const size_t d = problem.variant.head_dim;
    Inputs inputs;
    inputs.q.resize(problem.mask.num_rows * problem.num_heads * d);
    inputs.k.resize(problem.mask.num_keys * problem.num_groups * d);
    inputs.v.resize(inputs.k.size());
    inputs.grad_o.resize(inputs.q.size());
    const auto representable = [&](double x) { return from_bits(round_to_bits(x, problem.variant.bf16), problem.variant.bf16); };
    for (Values* x : {&inputs.q, &inputs.k, &inputs.v, &inputs.grad_o}) {
        for (double& y : *x) {
            y = representable(normal(random));
        }
    }
    for (size_t i = 0; i < inputs.q.size(); i += d) {
        inputs.q[i] = representable(inputs.q[i] + problem.repulsion);
    }
    for (size_t i = 0; i < inputs.k.size(); i += d) {
        inputs.k[i] = representable(inputs.k[i] - problem.repulsion);
    }
    return inputs;
}

Outputs reference(const Problem& problem, const Inputs& inputs) {
    return attend(problem, inputs, Rounding{false, problem.variant.bf16});
}

Outputs plain_16_bit(const Problem& problem, const Inputs& inputs) {
    return attend(problem, inputs, Rounding{true, problem.variant.bf16});
}

// Through fp32 first, as accumulators are; ties then go to even.
uint16_t round_to_bits(double x, bool bf16) {
    // Units of the last place in x's binade, 8 or 11 bits of mantissa; fp16 has no smaller unit than 2^-24.
    if (std::isnan(x)) {
        return 0x7fff;
    }
    const uint16_t sign = std::signbit(x) ? 0x8000 : 0;
    const int mantissa_bits = bf16 ? 7 : 10;
    const int bias = bf16 ? 127 : 15;
    const double magnitude = std::fabs(x);
    const int largest = bf16 ? 127 : 15;
    const int exponent = magnitude == 0 ? 1 - bias : std::max(std::ilogb(magnitude), 1 - bias);
    if (exponent > largest) {
        return sign | static_cast<uint16_t>((2 * bias + 1) << mantissa_bits);
    }
    const int units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, mantissa_bits - exponent)));
    return sign | static_cast<uint16_t>(((exponent + bias - 1) << mantissa_bits) + units);
}

double from_bits(uint16_t bits, bool bf16) {
    const int mantissa_bits = bf16 ? 7 : 10;
    const int bias = bf16 ? 127 : 15;
    const int exponent = (bits & 0x7fff) >> mantissa_bits;
    const int mantissa = bits & ((1 << mantissa_bits) - 1);
    const int one = 1 << mantissa_bits;
    double x = std::ldexp(exponent == 0 ? mantissa : mantissa + one, (exponent == 0 ? 1 : exponent) - bias - mantissa_bits);
    if (exponent == 2 * bias + 1) {
        x = mantissa == 0 ? HUGE_VAL : NAN;
    }
    return (bits & 0x8000) != 0 ? -x : x;
}

}  // namespace packtrain
