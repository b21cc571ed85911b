// The native methods of dev.packtrain.kernels.OptimizerCalls. Java has checked every argument.
#include <jni.h>

#include "adamw.h"
#include "parallel.h"
#include "squared_norm.h"

namespace {

// KernelVariant.nativeId in Java.
constexpr packtrain::AdamWKernel kAdamW[] = {packtrain::adamw_portable, packtrain::adamw_avx2, packtrain::adamw_avx512};
constexpr packtrain::SquaredNormKernel kSquaredNorm[] = {
    packtrain::squared_norm_portable, packtrain::squared_norm_avx2, packtrain::squared_norm_avx512};

constexpr size_t kAdamWBlock = size_t{1} << 16;

char* address(jlong value) {
    return reinterpret_cast<char*>(value);
}

}  // namespace

extern "C" {

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_OptimizerCalls_adamW(
    JNIEnv* env, jclass, jint variant, jlongArray addresses, jint grad_format, jint moment_format, jlong from, jlong to,
    jfloatArray constants, jint seed) {
    jlong at[5];
    packtrain::AdamWConstants c;
    env->GetLongArrayRegion(addresses, 0, 5, at);
    env->GetFloatArrayRegion(constants, 0, packtrain::kNumAdamWConstants, reinterpret_cast<jfloat*>(&c));
    if (env->ExceptionCheck()) {
        return;
    }
    const packtrain::AdamWBuffers b = {
        address(at[0]),
        address(at[1]),
        address(at[2]),
        address(at[3]),
        address(at[4]),
        static_cast<packtrain::ElementType>(grad_format),
        static_cast<packtrain::ElementType>(moment_format),
        static_cast<uint32_t>(seed),
    };
    const packtrain::AdamWKernel kernel = kAdamW[variant];
    const size_t begin = static_cast<size_t>(from);
    const size_t end = static_cast<size_t>(to);
    const int64_t num_blocks = static_cast<int64_t>((end - begin + kAdamWBlock - 1) / kAdamWBlock);
    packtrain::parallel_for(num_blocks, 0, packtrain::Share::kStatic, [&b, &c, kernel, begin, end](int64_t block, int) {
        const size_t first = begin + static_cast<size_t>(block) * kAdamWBlock;
        kernel(b, first, first + kAdamWBlock < end ? first + kAdamWBlock : end, c);
    });
}

// One sum a block.
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_OptimizerCalls_squaredNorms(
    JNIEnv* env, jclass, jint variant, jint format, jlong values, jlong num_elements, jlong block_elements,
    jdoubleArray sums) {
    const jsize num_blocks = env->GetArrayLength(sums);
    jdouble* sum_of_block = env->GetDoubleArrayElements(sums, nullptr);
    if (sum_of_block == nullptr) {
        return;  // an OutOfMemoryError is pending
    }
    const packtrain::ElementType of = static_cast<packtrain::ElementType>(format);
    const int64_t bytes = of == packtrain::ElementType::kFp32 ? 4 : 2;
    const packtrain::SquaredNormKernel kernel = kSquaredNorm[variant];
    packtrain::parallel_for(num_blocks, 0, packtrain::Share::kStatic, [=](int64_t block, int) {
        const int64_t first = block * block_elements;
        const int64_t rest = num_elements - first;
        sum_of_block[block] =
            kernel(of, address(values) + first * bytes, static_cast<size_t>(rest < block_elements ? rest : block_elements));
    });
    env->ReleaseDoubleArrayElements(sums, sum_of_block, 0);
}

}  // extern "C"
