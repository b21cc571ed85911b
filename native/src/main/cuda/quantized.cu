// Entry points: quantized_dequantize_bf16, with (cols / 1024 rounded up, rows) blocks, and quantized_product_bf16, with rows / 4
// rounded up; of 128 threads both, without shared memory. Numbers are those of the CPU's kernels, bit for bit.
#include <warp_instructions.h>

#include "quantized_args.h"

namespace packtrain {

PACKTRAIN_DEVICE float quantized_scale(const QuantizedArgs& a, int row, int column) {
    const int block = (a.skipped + column) / a.block;
    const int64_t index = static_cast<int64_t>(row) * a.blocks + block;
    if (a.seconds == nullptr) {
        return reinterpret_cast<const float*>(a.scales)[index];
    }
    const int64_t number = a.second_first + row * a.second_row + block;
    const float second = a.seconds[number / a.second_block];
    return add_rounded(multiply_rounded(a.values[16 + a.scales[index]], second), a.seconds[a.num_seconds]);
}

// Eight numbers from a column that is a multiple of 8, rounded to bf16, two in a word.
PACKTRAIN_DEVICE Words4 quantized_numbers(const QuantizedArgs& a, int row, int column) {
    const float scale = quantized_scale(a, row, column);
    const int64_t at = static_cast<int64_t>(row) * a.cols + column;
    Words4 words;
    if (a.bits == 4) {
        const uint8_t* codes = a.codes + at / 2;
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const float low = multiply_rounded(a.values[codes[i] >> 4], scale);
            const float high = multiply_rounded(a.values[codes[i] & 15], scale);
            words.w[i] = pack(low, high, Bf16());
        }
    } else {
        const int8_t* codes = reinterpret_cast<const int8_t*>(a.codes) + at;
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            const float low = multiply_rounded(static_cast<float>(codes[2 * i]), scale);
            const float high = multiply_rounded(static_cast<float>(codes[2 * i + 1]), scale);
            words.w[i] = pack(low, high, Bf16());
        }
    }
    return words;
}

PACKTRAIN_DEVICE void dequantize(const QuantizedArgs& a) {
    const int row = block_index_y();
    const int column = (block_index_x() * kQuantizedThreads + thread_index()) * 8;
    if (column < a.cols) {
        store_global_16(a.y + static_cast<int64_t>(row) * a.cols + column, quantized_numbers(a, row, column));
    }
}

// Every lane adds up the products of its columns, then the lanes add up theirs: the order is that of the shape alone.
PACKTRAIN_DEVICE void product(const QuantizedArgs& a) {
    const int lane = thread_index() % 32;
    const int row = block_index_x() * kQuantizedRows + thread_index() / 32;
    float sums[kQuantizedTokens] = {};
    for (int column = lane * 8; row < a.rows && column < a.cols; column += 32 * 8) {
        const Words4 w = quantized_numbers(a, row, column);
#pragma unroll
        for (int t = 0; t < kQuantizedTokens; ++t) {
            if (t < a.tokens) {
                const Words4 x = load_global_16(a.x + static_cast<int64_t>(t) * a.cols + column);
#pragma unroll
                for (int i = 0; i < 4; ++i) {
                    float w0, w1, x0, x1;
                    unpack(w.w[i], w0, w1, Bf16());
                    unpack(x.w[i], x0, x1, Bf16());
                    sums[t] = fused_multiply_add(w0, x0, sums[t]);
                    sums[t] = fused_multiply_add(w1, x1, sums[t]);
                }
            }
        }
    }
#pragma unroll
    for (int t = 0; t < kQuantizedTokens; ++t) {
#pragma unroll
        for (int mask = 16; mask > 0; mask /= 2) {
            sums[t] = add_rounded(sums[t], shuffle_xor(sums[t], mask));
        }
        if (lane == 0 && row < a.rows && t < a.tokens) {
            a.y[static_cast<int64_t>(t) * a.rows + row] = static_cast<uint16_t>(pack(sums[t], 0.0f, Bf16()));
        }
    }
}

}  // namespace packtrain

PACKTRAIN_KERNEL(128, 8) quantized_dequantize_bf16(PACKTRAIN_PARAMETER packtrain::QuantizedArgs args) {
    packtrain::dequantize(args);
}

PACKTRAIN_KERNEL(128, 8) quantized_product_bf16(PACKTRAIN_PARAMETER packtrain::QuantizedArgs args) {
    packtrain::product(args);
}
