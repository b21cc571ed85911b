// The native method of dev.packtrain.kernels.CrossEntropyCalls. Java has checked every argument.
#include <jni.h>

#include "cross_entropy.h"
#include "parallel.h"

namespace {

// KernelVariant.nativeId in Java.
constexpr packtrain::CrossEntropyRow kVariants[] = {
    packtrain::cross_entropy_row_portable,
    packtrain::cross_entropy_row_avx2,
    packtrain::cross_entropy_row_avx512,
};

}  // namespace

extern "C" {

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CrossEntropyCalls_rows(
    JNIEnv* env, jclass, jint variant, jint format, jlong logits, jlong vocab, jintArray targets, jdoubleArray results,
    jboolean with_gradient, jfloat scale) {
    const jsize num_rows = env->GetArrayLength(targets);
    jint* target_of_row = env->GetIntArrayElements(targets, nullptr);
    if (target_of_row == nullptr) {
        return;  // an OutOfMemoryError is pending
    }
    jdouble* sums_and_margins = env->GetDoubleArrayElements(results, nullptr);
    if (sums_and_margins != nullptr) {
        const packtrain::CrossEntropyRows rows = {
            reinterpret_cast<char*>(logits), target_of_row,     sums_and_margins,
            sums_and_margins + num_rows,     vocab,             static_cast<packtrain::ElementType>(format),
            with_gradient == JNI_TRUE,       scale,
        };
        const packtrain::CrossEntropyRow row_of_variant = kVariants[variant];
        packtrain::parallel_for(num_rows, 0, packtrain::Share::kStatic, [&rows, row_of_variant](int64_t row, int) {
            row_of_variant(rows, row);
        });
        env->ReleaseDoubleArrayElements(results, sums_and_margins, 0);
    }
    env->ReleaseIntArrayElements(targets, target_of_row, JNI_ABORT);
}

}  // extern "C"
