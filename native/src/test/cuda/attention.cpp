#include "attention.h"

#include <cstring>

namespace packtrain {
namespace {

template <typename T>
T* to_device(const std::vector<T>& x) {
    T* device = static_cast<T*>(allocate(x.size() * sizeof(T)));
    upload(device, x.data(), x.size() * sizeof(T));
    return device;
}

// [rows, heads, D] in two layouts: packed, and with more room between rows and heads than needed.
TensorView view(const Values& values, int heads, int d, bool bf16, bool spread) {
    const int rows = static_cast<int>(values.size()) / (heads * d);
    const int32_t head_stride = spread ? d + 8 : d;
    const int32_t row_stride = heads * head_stride + (spread ? 16 : 0);
    std::vector<uint16_t> bits(static_cast<size_t>(rows) * row_stride, 0x7fff);
    for (size_t i = 0; i < values.size(); ++i) {
        const int64_t row = static_cast<int64_t>(i) / (heads * d);
        bits[row * row_stride + i / d % heads * head_stride + i % d] = round_to_bits(values[i], bf16);
    }
    return TensorView{to_device(bits), row_stride, head_stride};
}

TensorView empty_view(size_t size, int heads, int d) {
    return TensorView{static_cast<uint16_t*>(allocate(size * 2)), heads * d, d};
}

Values read(const TensorView& view, size_t size, bool bf16, std::vector<uint32_t>& bits) {
    std::vector<uint16_t> words(size);
    download(words.data(), view.data, size * 2);
    Values values(size);
    for (size_t i = 0; i < size; ++i) {
        values[i] = from_bits(words[i], bf16);
        bits.push_back(words[i]);
    }
    return values;
}

FlashMaskArgs arguments(const Problem& problem, const Inputs& inputs, const Plan& plan) {
    const int d = problem.variant.head_dim;
    const bool bf16 = problem.variant.bf16;
    FlashMaskArgs args = {};
    args.q = view(inputs.q, problem.num_heads, d, bf16, true);
    args.k = view(inputs.k, problem.num_groups, d, bf16, true);
    args.v = view(inputs.v, problem.num_groups, d, bf16, false);
    args.grad_o = view(inputs.grad_o, problem.num_heads, d, bf16, true);
    args.o = empty_view(inputs.q.size(), problem.num_heads, d);
    args.grad_q = empty_view(inputs.q.size(), problem.num_heads, d);
    args.grad_k = empty_view(inputs.k.size(), problem.num_groups, d);
    args.grad_v = empty_view(inputs.k.size(), problem.num_groups, d);
    share_with_kernels(problem, plan, args);
    return args;
}

}  // namespace

void share_with_kernels(const Problem& problem, const Plan& plan, FlashMaskArgs& args) {
    const size_t statistic = static_cast<size_t>(problem.num_heads) * plan.padded_rows * sizeof(float);
    args.log_sum = static_cast<float*>(allocate(statistic));
    args.delta = static_cast<float*>(allocate(statistic));
    args.hidden = to_device(plan.hidden);
    args.row_starts = to_device(plan.row_starts);
    args.row_tiles = to_device(plan.row_tiles);
    args.key_starts = to_device(plan.key_starts);
    args.key_tiles = to_device(plan.key_tiles);
    args.row_order = to_device(plan.row_order);
    args.key_order = to_device(plan.key_order);
    args.num_rows = problem.mask.num_rows;
    args.num_keys = problem.mask.num_keys;
    args.padded_rows = plan.padded_rows;
    args.heads_per_group = problem.num_heads / problem.num_groups;
    args.scale = problem.scale;
    args.head_dim = problem.variant.head_dim;
}

Outputs through_kernels(const Problem& problem, const Inputs& inputs, std::vector<uint32_t>& bits) {
    const Plan tiles = plan(problem.mask);
    const FlashMaskArgs args = arguments(problem, inputs, tiles);
    const int row_blocks = tiles.padded_rows / kRowBlock * parts(problem.variant.head_dim);
    const int key_blocks = static_cast<int>(tiles.hidden.size()) / kKeyBlock * parts(problem.variant.head_dim);
    launch(Kernel::kForward, problem.variant, row_blocks, problem.num_heads, args);
    launch(Kernel::kRowSums, problem.variant, tiles.padded_rows / (kThreads / 4), problem.num_heads, args);
    launch(Kernel::kBackwardQuery, problem.variant, row_blocks, problem.num_heads, args);
    launch(Kernel::kBackwardKey, problem.variant, key_blocks, problem.num_groups, args);
    Outputs out;
    bits.clear();
    out.o = read(args.o, inputs.q.size(), problem.variant.bf16, bits);
    out.grad_q = read(args.grad_q, inputs.q.size(), problem.variant.bf16, bits);
    out.grad_k = read(args.grad_k, inputs.k.size(), problem.variant.bf16, bits);
    out.grad_v = read(args.grad_v, inputs.k.size(), problem.variant.bf16, bits);
    std::vector<float> log_sum(static_cast<size_t>(problem.num_heads) * tiles.padded_rows);
    download(log_sum.data(), args.log_sum, log_sum.size() * 4);
    for (int head = 0; head < problem.num_heads; ++head) {
        for (int row = 0; row < problem.mask.num_rows; ++row) {
            const float x = log_sum[static_cast<size_t>(head) * tiles.padded_rows + row];
            out.log_sum.push_back(x);
            bits.emplace_back();
            std::memcpy(&bits.back(), &x, 4);
        }
    }
    free_all();
    return out;
}

}  // namespace packtrain
