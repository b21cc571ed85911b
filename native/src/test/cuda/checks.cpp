#include "checks.h"

#include <cmath>
#include <cstdio>

namespace packtrain {
namespace {

// The whole difference of two tensors: largest, and NaN if there is one.
double error(const Values& x, const Values& expected) {
    double largest = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        const double difference = x[i] == expected[i] ? 0 : std::fabs(x[i] - expected[i]);
        if (std::isnan(difference)) {
            return difference;
        }
        largest = std::fmax(largest, difference);
    }
    return largest;
}

struct Comparison {
    const char* name;
    double of_kernel;
    double of_plain;
    bool good() const { return of_kernel <= 2 * of_plain + 1e-6; }
};

Problem problem(const Mask& mask, int heads, int groups, bool bf16, int d) {
    return Problem{mask, heads, groups, Variant{bf16, d}, 1.0f / std::sqrt(static_cast<float>(d)), 0};
}

}  // namespace

std::vector<Problem> problems() {
    const std::vector<int> lengths = {1, 63, 70, 1, 1, 40};
    std::vector<Problem> all = {
        problem(causal(200), 2, 1, true, 128),
        problem(full(131, 77), 2, 2, true, 128),
        problem(documents(lengths, true), 2, 1, true, 128),
        problem(eviction(150, 20, 45), 1, 1, true, 128),
        problem(causal(257), 2, 2, true, 64),
        problem(sliding_window(300, 40), 2, 1, true, 64),
        problem(documents(lengths, false), 2, 2, true, 64),
        problem(prefix_documents(lengths, 25), 3, 1, true, 64),
        problem(eviction(290, 128, 256), 2, 1, true, 64),
        problem(documents(std::vector<int>(150, 1), true), 1, 1, true, 64),
        problem(full(1, 1), 1, 1, true, 64),
        problem(causal(150), 2, 1, true, 32),
        problem(documents(lengths, true), 4, 2, true, 96),
        problem(full(40, 170), 2, 1, true, 96),
        problem(causal(140), 2, 1, false, 128),
        problem(documents(lengths, true), 2, 2, false, 64),
        problem(sliding_window(180, 30), 2, 1, false, 32),
        problem(prefix_documents(lengths, 25), 1, 1, false, 96),
        problem(causal(128), 2, 1, true, 256),
        problem(full(131, 77), 2, 2, true, 256),
        problem(documents(lengths, true), 2, 1, true, 256),
        problem(eviction(150, 20, 45), 1, 1, true, 192),
        problem(prefix_documents(lengths, 25), 1, 1, true, 192),
        problem(sliding_window(150, 30), 2, 1, false, 256),
        problem(full(40, 100), 1, 1, false, 192),
    };
    all[1].scale = 0.3f;
    // Widths between those of the kernels.
    for (int d : {48, 80, 112, 144, 160, 176, 208, 224, 240}) {
        all.push_back(problem(documents({1, 40, 33}, true), 1, 1, d % 32 == 0, d));
    }
    // Keys that do not exist have the highest scores by far, so far that their exponentials are infinite.
    for (int d : {64, 256}) {
        Problem far_below = problem(full(70, 77), 1, 1, true, d);
        far_below.scale = 0.5f;
        far_below.repulsion = 16;
        all.push_back(far_below);
    }
    return all;
}

std::string describe(const Problem& problem) {
    char text[160];
    std::snprintf(text, sizeof text, "%s %4d x %4d, %d/%d heads, d%-3d %s", problem.variant.bf16 ? "bf16" : "fp16",
                  problem.mask.num_rows, problem.mask.num_keys, problem.num_heads, problem.num_groups,
                  problem.variant.head_dim, problem.mask.name.c_str());
    return text;
}

bool check(const Problem& problem) {
    const Inputs inputs = random_inputs(problem, 1234);
    const Outputs exact = reference(problem, inputs);
    const Outputs plain = plain_16_bit(problem, inputs);
    std::vector<uint32_t> bits;
    const Outputs kernel = through_kernels(problem, inputs, bits);
    std::vector<uint32_t> bits_again;
    through_kernels(problem, inputs, bits_again);
    const Comparison comparisons[] = {
        {"O", error(kernel.o, exact.o), error(plain.o, exact.o)},
        {"dQ", error(kernel.grad_q, exact.grad_q), error(plain.grad_q, exact.grad_q)},
        {"dK", error(kernel.grad_k, exact.grad_k), error(plain.grad_k, exact.grad_k)},
        {"dV", error(kernel.grad_v, exact.grad_v), error(plain.grad_v, exact.grad_v)},
    };
    bool good = bits == bits_again;
    const double log_sum_error = error(kernel.log_sum, exact.log_sum);
    good = good && log_sum_error < 1e-5 * (1 + 20 * problem.scale);
    std::string line = describe(problem);
    line.resize(62, ' ');
    for (const Comparison& comparison : comparisons) {
        char text[64];
        std::snprintf(text, sizeof text, "%s %.1e/%.1e ", comparison.name, comparison.of_kernel, comparison.of_plain);
        line += text;
        good = good && comparison.good();
    }
    std::printf("%s log-sum %.0e %s%s\n", line.c_str(), log_sum_error, good ? "good" : "BAD",
                bits == bits_again ? "" : " (two runs differ)");
    return good;
}

}  // namespace packtrain
