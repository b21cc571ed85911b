// For a GPU machine without Java: runs every kernel against fp64 and a plain 16-bit implementation, then times them.
// Build and run: native/src/test/sh/gpu-kernels.sh
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "checks.h"
#include "device_timer.h"
#include "passes_timing.h"

namespace packtrain {
namespace {

float usual_scale(int head_dim) { return 1.0f / std::sqrt(static_cast<float>(head_dim)); }

// Beside the problems of the emulated GPU: long ones, which fill a GPU with blocks that run at once.
std::vector<Problem> large_problems() {
    const std::vector<int> lengths = {700, 1, 128, 300, 64, 855};
    std::vector<Problem> all;
    for (int head_dim : {64, 128, 256}) {
        const Variant variant = {true, head_dim};
        for (const Mask& mask : {causal(2048), documents(lengths, true), sliding_window(1500, 300)}) {
            all.push_back(Problem{mask, 4, 2, variant, usual_scale(head_dim), 0});
        }
    }
    return all;
}

int check_all() {
    int num_bad = 0;
    for (const std::vector<Problem>& group : {problems(), large_problems()}) {
        for (const Problem& problem : group) {
            num_bad += check(problem) ? 0 : 1;
        }
    }
    return num_bad;
}

TensorView random_view(int rows, int heads, int d, std::mt19937& random) {
    std::vector<uint16_t> bits(static_cast<size_t>(rows) * heads * d);
    std::normal_distribution<double> normal;
    // A period of a prime number of values: drawing them all takes longer than the measurement.
    std::vector<uint16_t> period(65537);
    for (uint16_t& x : period) {
        x = round_to_bits(normal(random), true);
    }
    for (size_t i = 0; i < bits.size(); ++i) {
        bits[i] = period[i % period.size()];
    }
    void* device = allocate(bits.size() * 2);
    upload(device, bits.data(), bits.size() * 2);
    return TensorView{static_cast<uint16_t*>(device), heads * d, d};
}

FlashMaskArgs random_arguments(const Problem& problem, const Plan& tiles) {
    std::mt19937 random(5);
    const int d = problem.variant.head_dim;
    FlashMaskArgs args = {};
    for (TensorView* x : {&args.q, &args.grad_o, &args.o, &args.grad_q}) {
        *x = random_view(problem.mask.num_rows, problem.num_heads, d, random);
    }
    for (TensorView* x : {&args.k, &args.v, &args.grad_k, &args.grad_v}) {
        *x = random_view(problem.mask.num_keys, problem.num_groups, d, random);
    }
    share_with_kernels(problem, tiles, args);
    return args;
}

// Best of five means: others may be on the machine.
double best(const std::function<void()>& run) {
    milliseconds(3, run);
    const double once = milliseconds(5, run);
    const int num_runs = static_cast<int>(std::min(200.0, std::max(5.0, 100.0 / once)));
    double fastest = once;
    for (int i = 0; i < 5; ++i) {
        fastest = std::min(fastest, milliseconds(num_runs, run));
    }
    return fastest;
}

// Floating-point operations: 4 D for each pair of row and key that is seen, forward; 10 D backward, whatever is computed twice.
void time(const Problem& problem, const char* name) {
    const Plan tiles = plan(problem.mask);
    const FlashMaskArgs args = random_arguments(problem, tiles);
    const int row_blocks = tiles.padded_rows / kRowBlock * parts(problem.variant.head_dim);
    const int key_blocks = static_cast<int>(tiles.hidden.size()) / kKeyBlock * parts(problem.variant.head_dim);
    const double forward = best([&] { launch(Kernel::kForward, problem.variant, row_blocks, problem.num_heads, args); });
    const double backward = best([&] {
        launch(Kernel::kRowSums, problem.variant, tiles.padded_rows / (kThreads / 4), problem.num_heads, args);
        launch(Kernel::kBackwardQuery, problem.variant, row_blocks, problem.num_heads, args);
        launch(Kernel::kBackwardKey, problem.variant, key_blocks, problem.num_groups, args);
    });
    const double pairs = static_cast<double>(tiles.num_seen) * problem.num_heads * problem.variant.head_dim;
    const double visited = static_cast<double>(tiles.row_tiles.size()) * kRowBlock * kKeyBlock / tiles.num_seen;
    std::printf("%-24s %6d %3d/%-3d %4d %9.2f %10.3f %8.0f %10.3f %8.0f\n", name, problem.mask.num_rows,
                problem.num_heads, problem.num_groups, problem.variant.head_dim, visited, forward,
                4 * pairs / forward * 1e-9, backward, 10 * pairs / backward * 1e-9);
    free_all();
}

void time_all() {
    std::printf("\n%-24s %6s %7s %4s %9s %10s %8s %10s %8s\n", "bf16", "tokens", "heads", "d", "computed/", "forward",
                "TFLOP/s", "backward", "TFLOP/s");
    std::printf("%-24s %6s %7s %4s %9s %10s %8s %10s %8s\n", "", "", "", "", "seen", "ms", "", "ms", "");
    for (int head_dim : {128, 64, 256}) {
        const float scale = usual_scale(head_dim);
        const int heads = 2048 / head_dim;
        const Variant variant = {true, head_dim};
        for (int tokens : {2048, 4096, 8192, 16384}) {
            time(Problem{causal(tokens), heads, heads, variant, scale, 0}, "causal");
        }
        time(Problem{causal(8192), heads, heads / 4, variant, scale, 0}, "causal, groups of 4");
        for (int length : {128, 512, 2048}) {
            const std::vector<int> lengths(16384 / length, length);
            time(Problem{documents(lengths, true), heads, heads, variant, scale, 0},
                 ("documents of " + std::to_string(length)).c_str());
        }
        time(Problem{sliding_window(16384, 1024), heads, heads, variant, scale, 0}, "window of 1024");
    }
}

}  // namespace
}  // namespace packtrain

int main() {
    packtrain::describe_device();
    const int num_bad = packtrain::check_all();
    std::printf("\n%s\n", num_bad == 0 ? "All problems are good." : "SOME PROBLEMS ARE BAD: times below mean nothing.");
    packtrain::time_all();
    packtrain::time_passes();
    return num_bad == 0 ? 0 : 1;
}
