// The native methods of dev.packtrain.kernels.QuantizedCalls: they cut the work into tasks for the threads. Java has
// checked every argument.
#include <jni.h>

#include <cstdlib>

#include "parallel.h"
#include "quantized_rows.h"

namespace {

using namespace packtrain;

// By KernelVariant.nativeId, then by ElementType.nativeId.
const QuantizedRows* const kTables[3][2] = {
    {&quantized_fp32_portable, &quantized_bf16_portable},
    {&quantized_fp32_avx2, &quantized_bf16_avx2},
    {&quantized_fp32_avx512, &quantized_bf16_avx512},
};

constexpr int kMatrixNumbers = 15;

// {variant, element type, threads (0: libtorch's)}, then for a matrix {rows, columns, bits, block, skipped columns,
// second block, second first, second row, number of seconds, codes, scales, seconds}.
struct Call {
    const QuantizedRows* functions;
    int threads;
    float values[kCodes + kScaleCodes];
    QuantizedMatrix matrix;
};

char* at(int64_t address) {
    return reinterpret_cast<char*>(address);
}

template <size_t N>
bool read(JNIEnv* env, jlongArray numbers, int64_t (&v)[N]) {
    static_assert(sizeof(jlong) == sizeof(int64_t), "read as it is");
    env->GetLongArrayRegion(numbers, 0, N, reinterpret_cast<jlong*>(v));
    return !env->ExceptionCheck();
}

template <size_t N>
bool read(JNIEnv* env, jlongArray numbers, jfloatArray values, int64_t (&v)[N], Call* call) {
    static_assert(N >= kMatrixNumbers, "begins with a matrix");
    if (!read(env, numbers, v)) {
        return false;
    }
    env->GetFloatArrayRegion(values, 0, kCodes + kScaleCodes, call->values);
    if (env->ExceptionCheck()) {
        return false;
    }
    call->functions = kTables[v[0]][v[1]];
    call->threads = static_cast<int>(v[2]);
    call->matrix = {reinterpret_cast<const uint8_t*>(v[12]), at(v[13]), at(v[14]), call->values, call->values + kCodes,
                    v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11]};
    return true;
}

// Enough numbers for a task that starting it costs nothing beside it; the cut depends on the shape alone.
constexpr int64_t kTaskElements = 32768;

// Calls body(begin, end) for ranges of 0..total-1 that begin at multiples of `unit`.
template <typename Body>
void in_ranges(int64_t total, int64_t elements_each, int64_t unit, int threads, Body body) {
    int64_t step = elements_each < kTaskElements ? kTaskElements / (elements_each < 1 ? 1 : elements_each) : 1;
    step = (step + unit - 1) / unit * unit;
    const int64_t tasks = (total + step - 1) / step;
    parallel_for(tasks, threads, Share::kStatic, [&](int64_t task, int thread) {
        const int64_t end = (task + 1) * step;
        body(task * step, end < total ? end : total, thread);
    });
}

}  // namespace

extern "C" {

// numbers: variant, element type, threads, rows, columns, bits, block, from, to, x, codes, scales
// thresholds: 15 of them, then the levels; order: 16 codes
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_QuantizedCalls_quantize(
    JNIEnv* env, jclass, jlongArray numbers, jfloatArray thresholds, jbyteArray order) {
    int64_t v[12];
    float limits[kCodes];
    jbyte codes[kCodes];
    if (!read(env, numbers, v)) {
        return;
    }
    env->GetFloatArrayRegion(thresholds, 0, kCodes, limits);
    env->GetByteArrayRegion(order, 0, kCodes, codes);
    if (env->ExceptionCheck()) {
        return;
    }
    const QuantizeArguments a = {at(v[9]), at(v[10]), at(v[11]), limits, reinterpret_cast<const uint8_t*>(codes),
                                 v[4], v[5], v[6], v[7], v[8], limits[kCodes - 1]};
    const int threads = static_cast<int>(v[2]);
    uint8_t* scratch = static_cast<uint8_t*>(malloc(static_cast<size_t>(threads_for(v[3], threads) * a.cols)));
    if (scratch == nullptr) {
        env->ThrowNew(env->FindClass("java/lang/OutOfMemoryError"), "no native memory for the codes of a row");
        return;
    }
    in_ranges(v[3], a.cols, 1, threads, [&](int64_t begin, int64_t end, int thread) {
        kTables[v[0]][v[1]]->quantize(a, scratch + thread * a.cols, begin, end);
    });
    free(scratch);
}

// numbers: matrix, first row, end row, first column, end column, y
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_QuantizedCalls_dequantize(
    JNIEnv* env, jclass, jlongArray numbers, jfloatArray values) {
    int64_t v[kMatrixNumbers + 5];
    Call call;
    if (read(env, numbers, values, v, &call)) {
        const int64_t* n = v + kMatrixNumbers;
        const int64_t width = n[3] - n[2];
        const int64_t row_bytes = width * (v[1] == 0 ? 4 : 2);
        in_ranges(n[1] - n[0], width, 1, call.threads, [&](int64_t begin, int64_t end, int) {
            call.functions->dequantize(call.matrix, at(n[4]) + begin * row_bytes, n[0] + begin, n[0] + end, n[2], n[3]);
        });
    }
}

// numbers: matrix, tokens, x, y
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_QuantizedCalls_product(
    JNIEnv* env, jclass, jlongArray numbers, jfloatArray values, jboolean transposed) {
    int64_t v[kMatrixNumbers + 3];
    Call call;
    if (read(env, numbers, values, v, &call)) {
        const ProductArguments a = {at(v[kMatrixNumbers + 1]), at(v[kMatrixNumbers + 2]), v[kMatrixNumbers]};
        const QuantizedMatrix& m = call.matrix;
        if (transposed) {
            in_ranges(m.cols, m.rows, kTransposedColumns, call.threads, [&](int64_t begin, int64_t end, int) {
                call.functions->transposed(m, a, begin, end);
            });
        } else {
            in_ranges(m.rows, m.cols, kProductRows, call.threads, [&](int64_t begin, int64_t end, int) {
                call.functions->product(m, a, begin, end);
            });
        }
    }
}

}  // extern "C"
