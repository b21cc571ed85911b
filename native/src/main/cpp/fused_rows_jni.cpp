// The native methods of dev.packtrain.kernels.FusedCalls: they cut the rows into tasks for the threads. Java has checked
// every argument.
#include <jni.h>

#include <cstdlib>

#include "fused_rows.h"
#include "parallel.h"

namespace {

using namespace packtrain;

// By KernelVariant.nativeId, then by ElementType.nativeId.
const FusedRows* const kTables[3][2] = {
    {&fused_fp32_portable, &fused_bf16_portable},
    {&fused_fp32_avx2, &fused_bf16_avx2},
    {&fused_fp32_avx512, &fused_bf16_avx512},
};

// What every call begins with: {variant, element type, threads (0: libtorch's), rows, columns}.
struct Call {
    const FusedRows* rows_of;
    int threads;
    int64_t rows;
    int64_t cols;
};

template <size_t N>
bool read(JNIEnv* env, jlongArray numbers, int64_t (&values)[N]) {
    static_assert(sizeof(jlong) == sizeof(int64_t), "read as it is");
    env->GetLongArrayRegion(numbers, 0, N, reinterpret_cast<jlong*>(values));
    return !env->ExceptionCheck();
}

Call call_of(const int64_t* v) {
    return {kTables[v[0]][v[1]], static_cast<int>(v[2]), v[3], v[4]};
}

char* at(int64_t address) {
    return reinterpret_cast<char*>(address);
}

// Enough rows for a task that starting it costs nothing beside it; the cut depends on the shape alone.
constexpr int64_t kTaskElements = 32768;

template <typename Body>
void for_rows(const Call& call, int64_t row_elements, Body body) {
    const int64_t task_rows = kTaskElements > row_elements ? kTaskElements / row_elements : 1;
    const int64_t tasks = (call.rows + task_rows - 1) / task_rows;
    parallel_for(tasks, call.threads, Share::kStatic, [&](int64_t task, int) {
        const int64_t end = (task + 1) * task_rows;
        body(task * task_rows, end < call.rows ? end : call.rows);
    });
}

// Gradients of weights: each task has sums of its own, which are then added up in order.
constexpr int64_t kMaxPartials = 64;
constexpr int64_t kMinPartialRows = 32;

bool norm_grad(const Call& call, const NormGradArguments& a, char* weight_grad) {
    int64_t task_rows = (call.rows + kMaxPartials - 1) / kMaxPartials;
    task_rows = task_rows < kMinPartialRows ? kMinPartialRows : task_rows;
    const int64_t tasks = (call.rows + task_rows - 1) / task_rows;
    float* partials = static_cast<float*>(calloc(static_cast<size_t>(tasks * call.cols), sizeof(float)));
    if (partials == nullptr) {
        return false;
    }
    parallel_for(tasks, call.threads, Share::kStatic, [&](int64_t task, int) {
        const int64_t end = (task + 1) * task_rows;
        call.rows_of->norm_grad(a, partials + task * call.cols, task * task_rows, end < call.rows ? end : call.rows);
    });
    for (int64_t task = 1; task < tasks; ++task) {
        const float* partial = partials + task * call.cols;
        for (int64_t col = 0; col < call.cols; ++col) {
            partials[col] += partial[col];
        }
    }
    call.rows_of->add_to(weight_grad, partials, call.cols);
    free(partials);
    return true;
}

}  // namespace

extern "C" {

// numbers: call, x, branch, weight, y, rstd
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_FusedCalls_norm(
    JNIEnv* env, jclass, jlongArray numbers, jfloat eps) {
    int64_t v[10];
    if (read(env, numbers, v)) {
        const Call call = call_of(v);
        const NormArguments a = {at(v[5]), at(v[6]), at(v[7]), at(v[8]), at(v[9]), call.cols, eps};
        for_rows(call, call.cols, [&](int64_t begin, int64_t end) { call.rows_of->norm(a, begin, end); });
    }
}

// numbers: call, x, weight, rstd, y
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_FusedCalls_renorm(JNIEnv* env, jclass, jlongArray numbers) {
    int64_t v[9];
    if (read(env, numbers, v)) {
        const Call call = call_of(v);
        const RenormArguments a = {at(v[5]), at(v[6]), at(v[7]), at(v[8]), call.cols};
        for_rows(call, call.cols, [&](int64_t begin, int64_t end) { call.rows_of->renorm(a, begin, end); });
    }
}

// numbers: call, gradient of y, x, weight, rstd, stream, gradient of the weight
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_FusedCalls_normGrad(JNIEnv* env, jclass, jlongArray numbers) {
    int64_t v[11];
    if (read(env, numbers, v)) {
        const Call call = call_of(v);
        const NormGradArguments a = {at(v[5]), at(v[6]), at(v[7]), at(v[8]), at(v[9]), call.cols};
        if (call.rows > 0 && !norm_grad(call, a, at(v[10]))) {
            env->ThrowNew(
                env->FindClass("java/lang/OutOfMemoryError"), "no native memory for the sums of a norm's gradient");
        }
    }
}

// numbers: call (columns: width of a head), x, cos, sin, row stride, heads
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_FusedCalls_rope(
    JNIEnv* env, jclass, jlongArray numbers, jfloat direction) {
    int64_t v[10];
    if (read(env, numbers, v)) {
        const Call call = call_of(v);
        const RopeArguments a = {at(v[5]), at(v[6]), at(v[7]), v[8], v[9], call.cols, direction};
        for_rows(call, a.heads * a.width, [&](int64_t begin, int64_t end) { call.rows_of->rope(a, begin, end); });
    }
}

// numbers: call, gate, up, y, row stride
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_FusedCalls_swiglu(JNIEnv* env, jclass, jlongArray numbers) {
    int64_t v[9];
    if (read(env, numbers, v)) {
        const Call call = call_of(v);
        const SwigluArguments a = {at(v[5]), at(v[6]), at(v[7]), v[8], call.cols};
        for_rows(call, call.cols, [&](int64_t begin, int64_t end) { call.rows_of->swiglu(a, begin, end); });
    }
}

// numbers: call, gradient of y, gate, up, row stride
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_FusedCalls_swigluGrad(JNIEnv* env, jclass, jlongArray numbers) {
    int64_t v[9];
    if (read(env, numbers, v)) {
        const Call call = call_of(v);
        const SwigluGradArguments a = {at(v[5]), at(v[6]), at(v[7]), v[8], call.cols};
        for_rows(call, call.cols, [&](int64_t begin, int64_t end) { call.rows_of->swiglu_grad(a, begin, end); });
    }
}

}  // extern "C"
