// The native methods of dev.packtrain.kernels.LowRankCalls. Java has checked every argument.
#include <jni.h>

#include "low_rank.h"

namespace {

using namespace packtrain;

constexpr int64_t kHead = 12;         // numbers before those of the narrow matrices
constexpr int64_t kMatrix = 5;        // numbers of each
constexpr int64_t kMostMatrices = 8;  // LowRankProducts.MOST_MATRICES

// By AttentionVariant.nativeId.
LowRankTables tables(int64_t variant) {
    switch (variant) {
        case 4:
            return low_rank_avx512bf16();
        case 3:
        case 5:  // cores with tile registers are slower with dot products of pairs than with multiply-adds of fp32
            return low_rank_avx512();
        case 2:
            return low_rank_avx2fma();
        default:
            return low_rank_portable();
    }
}

char* at(int64_t address) {
    return reinterpret_cast<char*>(address);
}

float* floats(int64_t address) {
    return reinterpret_cast<float*>(address);
}

using Pass = bool (*)(const LowRankCall&);

void run(JNIEnv* env, jlongArray numbers, float projected_scale, float factor_scale, Pass pass) {
    static_assert(sizeof(jlong) == sizeof(int64_t), "read as it is");
    int64_t v[kHead + kMostMatrices * kMatrix];
    env->GetLongArrayRegion(numbers, 0, env->GetArrayLength(numbers), reinterpret_cast<jlong*>(v));
    if (env->ExceptionCheck()) {
        return;
    }
    const LowRankTables all = tables(v[0]);
    const int64_t count = v[11];
    NarrowMatrix p[kMostMatrices], g[kMostMatrices];
    for (int64_t i = 0; i < count; ++i) {
        const int64_t* each = v + kHead + i * kMatrix;
        p[i] = {at(each[0]), each[2], each[3], each[4]};
        g[i] = {at(each[1]), each[2], each[3], each[4]};
    }
    const LowRankCall call = {
        v[1] == 0 ? &all.fp32 : &all.bf16,
        static_cast<int>(v[2]),
        v[3],
        {at(v[5]), v[6], v[4]},
        p[0].data != nullptr ? p : nullptr,
        g[0].data != nullptr ? g : nullptr,
        count,
        {floats(v[7]), v[8], projected_scale},
        {floats(v[9]), v[10], factor_scale},
    };
    if (!pass(call)) {
        env->ThrowNew(env->FindClass("java/lang/OutOfMemoryError"), "no native memory for the products of an adapter");
    }
}

}  // namespace

extern "C" {

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_LowRankCalls_read(
    JNIEnv* env, jclass, jlongArray numbers, jfloat projected_scale, jfloat factor_scale) {
    run(env, numbers, projected_scale, factor_scale, low_rank_read);
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_LowRankCalls_add(
    JNIEnv* env, jclass, jlongArray numbers, jfloat factor_scale) {
    run(env, numbers, 0, factor_scale, low_rank_add);
}

}  // extern "C"
