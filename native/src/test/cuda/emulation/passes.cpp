#include "passes.h"

#include <cstring>

#include "machine.h"
#include "passes.cu"
#include "quantized.cu"

namespace packtrain {
namespace {

template <typename Args, void (*KERNEL)(Args)>
void run_thread(const void* parameter) {
    Args args;
    std::memcpy(&args, parameter, sizeof args);
    KERNEL(args);
}

#define PACKTRAIN_NAMED(NAME, ARGS, SHARED) {#NAME, sizeof(ARGS), SHARED, run_thread<ARGS, NAME>},
#define PACKTRAIN_BOTH(NAME, ARGS, SHARED) \
    PACKTRAIN_NAMED(NAME##_bf16, ARGS, SHARED) PACKTRAIN_NAMED(NAME##_fp32, ARGS, SHARED)

const Pass kPasses[] = {
    PACKTRAIN_BOTH(norm, NormArgs, 0)
    PACKTRAIN_BOTH(renorm, NormArgs, 0)
    PACKTRAIN_BOTH(norm_grad, NormGradArgs, 0)
    PACKTRAIN_BOTH(norm_weight_grad, NormGradArgs, 0)
    PACKTRAIN_BOTH(norm_weight_sum, NormGradArgs, 0)
    PACKTRAIN_BOTH(rope, RopeArgs, 0)
    PACKTRAIN_BOTH(swiglu, SwigluArgs, 0)
    PACKTRAIN_BOTH(swiglu_grad, SwigluArgs, 0)
    PACKTRAIN_BOTH(cross_entropy, CrossEntropyArgs, 32)
    PACKTRAIN_BOTH(softmax_statistics, SoftmaxPartArgs, 32)
    PACKTRAIN_BOTH(softmax_part_gradient, SoftmaxPartArgs, 0)
    PACKTRAIN_BOTH(squares, SquaresArgs, 0)
    PACKTRAIN_NAMED(adamw_step, AdamWArgs, 0)
    PACKTRAIN_NAMED(quantized_dequantize_bf16, QuantizedArgs, 0)
    PACKTRAIN_NAMED(quantized_product_bf16, QuantizedArgs, 0)
};

int num_launches = 0;

}  // namespace

const Pass* find_pass(const char* name) {
    for (const Pass& pass : kPasses) {
        if (std::strcmp(pass.name, name) == 0) {
            return &pass;
        }
    }
    return nullptr;
}

void launch(const Pass& pass, int grid_x, int grid_y, const void* parameter) {
    // Of one launch and the next, and of three and the next three, no kernel meets the same.
    constexpr emulation::Schedule kSchedules[] = {emulation::Schedule::kAscending, emulation::Schedule::kDescending,
                                                  emulation::Schedule::kRandom, emulation::Schedule::kDescending};
    const emulation::Launch launch = {grid_x, grid_y, kPassThreads, pass.shared_bytes, kSchedules[num_launches++ % 4], true};
    emulation::run(launch, [&] { pass.run_thread(parameter); });
}

}  // namespace packtrain
