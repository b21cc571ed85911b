// Times the row-wise and flat passes on this GPU beside a copy of memory: all they do is read and write.
#include "passes_timing.h"

#include <cuda_runtime.h>

#include <cstdint>
#include <cstdio>

#include "backend.h"
#include "device_timer.h"
#include "passes.cu"

namespace packtrain {
namespace {

// Of a Llama of 1.2 billion parameters and a pack of 8,192 tokens.
constexpr int kTokens = 8192;
constexpr int kWidth = 2048;
constexpr int kWide = 8192;
constexpr int kHeads = 32;
constexpr int kHeadDim = 64;
constexpr int kVocabulary = 128256;
constexpr int kLogitRows = 2048;
constexpr int64_t kParameters = int64_t{1} << 28;
constexpr int kSquaresBlocks = 2048;

double copy_rate = 0;

template <typename Number>
Number* zeros(int64_t count) {
    void* memory = allocate(static_cast<size_t>(count) * sizeof(Number));
    cudaMemset(memory, 0, static_cast<size_t>(count) * sizeof(Number));
    return static_cast<Number*>(memory);
}

// `bytes` are those that cannot be avoided: every operand once.
template <typename Run>
void report(const char* name, double bytes, Run run) {
    milliseconds(3, run);
    const double ms = milliseconds(20, run);
    const cudaError_t status = cudaGetLastError();
    if (status != cudaSuccess) {
        std::printf("%-28s %s\n", name, cudaGetErrorString(status));
        return;
    }
    const double rate = bytes / ms * 1e-6;
    copy_rate = copy_rate == 0 ? rate : copy_rate;
    std::printf("%-28s %8.1f MB %8.3f ms %8.0f GB/s %6.0f %%\n", name, bytes * 1e-6, ms, rate, 100 * rate / copy_rate);
}

void time_norms() {
    const double matrix = 2.0 * kTokens * kWidth;
    NormArgs args = {zeros<uint16_t>(kTokens * kWidth), zeros<uint16_t>(kTokens * kWidth), zeros<uint16_t>(kWidth),
                     zeros<uint16_t>(kTokens * kWidth), zeros<float>(kTokens), kTokens, kWidth, 1e-5f};
    report("residual and RMSNorm", 4 * matrix, [&] { norm_bf16<<<kTokens / kRowsOfBlock, kPassThreads>>>(args); });
    report("RMSNorm again", 2 * matrix, [&] { renorm_bf16<<<kTokens / kRowsOfBlock, kPassThreads>>>(args); });
    const int parts = kTokens / kRowsOfPart;
    const NormGradArgs back = {args.x, args.y, args.weight, args.rstd, args.branch, zeros<float>(parts * kWidth),
                               zeros<uint16_t>(kWidth), kTokens, kWidth, parts};
    report("gradients of RMSNorm", 4 * matrix, [&] {
        norm_grad_bf16<<<kTokens / kRowsOfBlock, kPassThreads>>>(back);
        norm_weight_grad_bf16<<<dim3(kWidth / kElementsOfBlock, parts), kPassThreads>>>(back);
        norm_weight_sum_bf16<<<kWidth / kPassThreads, kPassThreads>>>(back);
    });
    free_all();
}

void time_rows() {
    const int64_t heads = int64_t{kTokens} * kHeads * kHeadDim;
    const RopeArgs turn = {zeros<uint16_t>(heads), zeros<float>(kTokens * kHeadDim / 2), zeros<float>(kTokens * kHeadDim / 2),
                           kTokens, kHeads * kHeadDim, kHeads, kHeadDim, 1.0f, 0};
    report("rotary positions", 4.0 * heads + 4.0 * kTokens * kHeadDim,
           [&] { rope_bf16<<<static_cast<int>(heads / 16 / kPassThreads), kPassThreads>>>(turn); });
    const int64_t size = int64_t{kTokens} * kWide;
    uint16_t* both = zeros<uint16_t>(2 * size);
    const SwigluArgs args = {zeros<uint16_t>(size), both, both + kWide, zeros<uint16_t>(size), 2 * kWide, kWide, 0};
    const dim3 grid(kTokens, kWide / kElementsOfBlock);
    report("SwiGLU", 6.0 * size, [&] { swiglu_bf16<<<grid, kPassThreads>>>(args); });
    report("gradients of SwiGLU", 10.0 * size, [&] { swiglu_grad_bf16<<<grid, kPassThreads>>>(args); });
    free_all();
    const int64_t logits = int64_t{kLogitRows} * kVocabulary;
    CrossEntropyArgs loss = {zeros<uint16_t>(logits), zeros<int64_t>(kLogitRows), zeros<float>(kLogitRows), kVocabulary, 1e-4f, 1};
    report("cross-entropy and gradient", 4.0 * logits,
           [&] { cross_entropy_bf16<<<kLogitRows, kPassThreads, kPassThreads / 32 * 8>>>(loss); });
    free_all();
}

void time_flat() {
    AdamWArgs args = {};
    args.weights = zeros<uint16_t>(kParameters);
    args.remainders = zeros<uint16_t>(kParameters);
    args.grads = zeros<uint16_t>(kParameters);
    args.first = zeros<float>(kParameters);
    args.second = zeros<float>(kParameters);
    args.count = kParameters;
    args.numbers = AdamWNumbers{1.0f, 1.0f, 0.1f, 0.999f, 0.001f, 1.0f, 1e-8f, -1e-4f};
    args.bf16_grads = 1;
    report("AdamW, bf16 and fp32 moments", 26.0 * kParameters,
           [&] { adamw_step<<<static_cast<int>(kParameters / kElementsOfBlock), kPassThreads>>>(args); });
    const SquaresArgs squares = {args.first, zeros<double>(kSquaresBlocks * kPassThreads), kParameters,
                                 int64_t{kSquaresBlocks} * kElementsOfBlock};
    report("sum of squares, fp32", 4.0 * kParameters, [&] { squares_fp32<<<kSquaresBlocks, kPassThreads>>>(squares); });
    free_all();
}

}  // namespace

void time_passes() {
    std::printf("\nPasses, bf16, against a copy from GPU memory to GPU memory:\n");
    char* from = zeros<char>(int64_t{1} << 29);
    char* to = zeros<char>(int64_t{1} << 29);
    report("copy", 2.0 * (int64_t{1} << 29), [&] { cudaMemcpyAsync(to, from, size_t{1} << 29, cudaMemcpyDeviceToDevice); });
    free_all();
    time_norms();
    time_rows();
    time_flat();
}

}  // namespace packtrain
