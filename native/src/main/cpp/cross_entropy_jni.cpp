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

constexpr packtrain::CrossEntropyPartRow kStatistics[] = {
    packtrain::cross_entropy_statistics_portable,
    packtrain::cross_entropy_statistics_avx2,
    packtrain::cross_entropy_statistics_avx512,
};

constexpr packtrain::CrossEntropyPartRow kGradients[] = {
    packtrain::cross_entropy_gradient_portable,
    packtrain::cross_entropy_gradient_avx2,
    packtrain::cross_entropy_gradient_avx512,
};

}  // namespace

extern "C" {

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CrossEntropyCalls_part(
    JNIEnv* env, jclass, jint variant, jint format, jlong logits, jlong columns, jintArray targets, jfloatArray maxima,
    jdoubleArray sums, jboolean gradient, jfloat scale) {
    const jsize num_rows = env->GetArrayLength(targets);
    jint* target_of_row = env->GetIntArrayElements(targets, nullptr);
    jfloat* largest_and_targets =
        target_of_row == nullptr ? nullptr : env->GetFloatArrayElements(maxima, nullptr);
    jdouble* sum_of_row = largest_and_targets == nullptr ? nullptr : env->GetDoubleArrayElements(sums, nullptr);
    if (sum_of_row != nullptr) {  // else an OutOfMemoryError is pending
        const packtrain::CrossEntropyPart part = {
            reinterpret_cast<char*>(logits), target_of_row,
            largest_and_targets,             sum_of_row,
            largest_and_targets + num_rows,  columns,
            static_cast<packtrain::ElementType>(format), scale,
        };
        const packtrain::CrossEntropyPartRow row_of_variant = (gradient == JNI_TRUE ? kGradients : kStatistics)[variant];
        packtrain::parallel_for(num_rows, 0, packtrain::Share::kStatic, [&part, row_of_variant](int64_t row, int) {
            row_of_variant(part, row);
        });
        env->ReleaseDoubleArrayElements(sums, sum_of_row, 0);
    }
    if (largest_and_targets != nullptr) {
        env->ReleaseFloatArrayElements(maxima, largest_and_targets, 0);
    }
    if (target_of_row != nullptr) {
        env->ReleaseIntArrayElements(targets, target_of_row, JNI_ABORT);
    }
}

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
