// The obvious loops, one row after the other, in fp32: what the tiled variants are measured against.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "attention.h"
#include "parallel.h"

namespace packtrain {
namespace {

float to_float(float x) {
    return x;
}

float to_float(Bf16 x) {
    const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
    float wide;
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

void assign(float* to, float x) {
    *to = x;
}

void assign(Bf16* to, float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = std::isnan(x) ? 0x7fc00000u : bits + 0x7fffu + ((bits >> 16) & 1u);
    to->bits = static_cast<uint16_t>(bits >> 16);
}

template <class Io>
Io* row_of(const HeadTensor& tensor, int head, int row) {
    return reinterpret_cast<Io*>(tensor.data) + row * tensor.row_stride + head * tensor.head_stride;
}

bool hidden(const AttentionPlan& plan, int row, int key) {
    return (plan.causal && row < key) || (plan.lower_start[key] <= row && row < plan.lower_end[key]) ||
           (plan.upper_start[key] <= row && row < plan.upper_end[key]);
}

template <class Io>
float dot(const Io* a, const Io* b, int n) {
    float sum = 0.0f;
    for (int i = 0; i < n; ++i) {
        sum += to_float(a[i]) * to_float(b[i]);
    }
    return sum;
}

template <class Io>
void forward_row(const AttentionPlan& plan, const AttentionShape& shape, const ForwardTensors& t, int head, int row,
                 float* scores) {
    const int kv_head = head / (shape.num_heads / shape.num_kv_heads);
    const Io* q = row_of<Io>(t.q, head, row);
    float most = -INFINITY;
    bool sees_nothing = true;
    for (int key = 0; key < plan.num_keys; ++key) {
        scores[key] = -INFINITY;
        if (!hidden(plan, row, key)) {
            scores[key] = shape.scale * dot(q, row_of<Io>(t.k, kv_head, key), shape.head_dim);
            most = std::fmax(most, scores[key]);
            sees_nothing = false;
        }
    }
    float sum = 0.0f;
    for (int key = 0; key < plan.num_keys; ++key) {
        scores[key] = hidden(plan, row, key) ? 0.0f : std::exp(scores[key] - most);
        sum += scores[key];
    }
    for (int d = 0; d < shape.head_dim; ++d) {
        float out = 0.0f;
        for (int key = 0; key < plan.num_keys; ++key) {
            if (!hidden(plan, row, key)) {
                out += scores[key] * to_float(row_of<Io>(t.v, kv_head, key)[d]);
            }
        }
        assign(row_of<Io>(t.o, head, row) + d, sees_nothing ? 0.0f : out / sum);
    }
    t.lse[static_cast<size_t>(head) * plan.num_rows + row] = sees_nothing ? -INFINITY : most + std::log(sum);
}

template <class Io>
bool forward(AttentionPlan& plan, const AttentionShape& shape, const ForwardTensors& t) {
    const int64_t num_rows = static_cast<int64_t>(shape.num_heads) * plan.num_rows;
    const int threads = threads_for(num_rows, shape.num_threads);
    float* scores = reinterpret_cast<float*>(plan_workspace(plan, sizeof(float) * threads * plan.num_keys));
    if (scores == nullptr) {
        return false;
    }
    parallel_for(num_rows, shape.num_threads, Share::kDynamic, [&](int64_t task, int thread) {
        forward_row<Io>(plan, shape, t, static_cast<int>(task / plan.num_rows), static_cast<int>(task % plan.num_rows),
                        scores + static_cast<size_t>(thread) * plan.num_keys);
    });
    return true;
}

// Sums of a kv head in fp32: dk and dv [num_keys, head_dim], and dq of one row.
struct Sums {
    float *dk, *dv, *dq;
};

template <class Io>
void backward_row(const AttentionPlan& plan, const AttentionShape& shape, const BackwardTensors& t, int head, int row,
                  const Sums& sums) {
    const int dim = shape.head_dim;
    const int kv_head = head / (shape.num_heads / shape.num_kv_heads);
    const Io* q = row_of<Io>(t.q, head, row);
    const Io* d_o = row_of<Io>(t.d_o, head, row);
    const float delta = dot(d_o, static_cast<const Io*>(row_of<Io>(t.o, head, row)), dim);
    const float lse = t.lse[static_cast<size_t>(head) * plan.num_rows + row];
    memset(sums.dq, 0, sizeof(float) * dim);
    for (int key = 0; key < plan.num_keys; ++key) {
        if (hidden(plan, row, key)) {
            continue;
        }
        const Io* k = row_of<Io>(t.k, kv_head, key);
        const float p = std::exp(shape.scale * dot(q, k, dim) - lse);
        const float ds = p * (dot(d_o, static_cast<const Io*>(row_of<Io>(t.v, kv_head, key)), dim) - delta) * shape.scale;
        float* dk = sums.dk + static_cast<size_t>(key) * dim;
        float* dv = sums.dv + static_cast<size_t>(key) * dim;
        for (int d = 0; d < dim; ++d) {
            sums.dq[d] += ds * to_float(k[d]);
            dk[d] += ds * to_float(q[d]);
            dv[d] += p * to_float(d_o[d]);
        }
    }
    for (int d = 0; d < dim; ++d) {
        assign(row_of<Io>(t.dq, head, row) + d, sums.dq[d]);
    }
}

template <class Io>
void backward_head(const AttentionPlan& plan, const AttentionShape& shape, const BackwardTensors& t, int kv_head,
                   const Sums& sums) {
    const int group = shape.num_heads / shape.num_kv_heads;
    memset(sums.dk, 0, sizeof(float) * plan.num_keys * shape.head_dim);
    memset(sums.dv, 0, sizeof(float) * plan.num_keys * shape.head_dim);
    for (int head = kv_head * group; head < (kv_head + 1) * group; ++head) {
        for (int row = 0; row < plan.num_rows; ++row) {
            backward_row<Io>(plan, shape, t, head, row, sums);
        }
    }
    for (int key = 0; key < plan.num_keys; ++key) {
        for (int d = 0; d < shape.head_dim; ++d) {
            const size_t at = static_cast<size_t>(key) * shape.head_dim + d;
            assign(row_of<Io>(t.dk, kv_head, key) + d, sums.dk[at]);
            assign(row_of<Io>(t.dv, kv_head, key) + d, sums.dv[at]);
        }
    }
}

template <class Io>
bool backward(AttentionPlan& plan, const AttentionShape& shape, const BackwardTensors& t) {
    const size_t keys = static_cast<size_t>(plan.num_keys) * shape.head_dim;
    const size_t each = 2 * keys + shape.head_dim;
    const int threads = threads_for(shape.num_kv_heads, shape.num_threads);
    float* memory = reinterpret_cast<float*>(plan_workspace(plan, sizeof(float) * threads * each));
    if (memory == nullptr) {
        return false;
    }
    parallel_for(shape.num_kv_heads, shape.num_threads, Share::kDynamic, [&](int64_t head, int thread) {
        float* mine = memory + thread * each;
        backward_head<Io>(plan, shape, t, static_cast<int>(head), {mine, mine + keys, mine + 2 * keys});
    });
    return true;
}

}  // namespace

AttentionKernels attention_plain() {
    return {{forward<float>, backward<float>}, {forward<Bf16>, backward<Bf16>}};
}

}  // namespace packtrain
