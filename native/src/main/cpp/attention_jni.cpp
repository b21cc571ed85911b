// The native methods of dev.packtrain.kernels.AttentionCalls. Java has checked every argument.
#include <jni.h>

#include "attention.h"

namespace {

using packtrain::AttentionKernel;
using packtrain::AttentionKernels;
using packtrain::AttentionPlan;
using packtrain::AttentionShape;
using packtrain::HeadTensor;
using packtrain::TileLists;

constexpr int kLongsOfTensor = 3;

// The order is that of the Java enum AttentionVariant.
AttentionKernel kernel_of(jint variant, jboolean bf16) {
    constexpr AttentionKernels (*kVariants[])() = {packtrain::attention_plain, packtrain::attention_portable,
                                                   packtrain::attention_avx2fma, packtrain::attention_avx512,
                                                   packtrain::attention_avx512bf16, packtrain::attention_amx};
    const AttentionKernels kernels = kVariants[variant]();
    return bf16 ? kernels.bf16 : kernels.fp32;
}

AttentionPlan* plan_at(jlong handle) {
    return reinterpret_cast<AttentionPlan*>(handle);
}

// numHeads, numKvHeads, headDim, numThreads
AttentionShape shape_of(JNIEnv* env, jintArray shape, jfloat scale) {
    jint n[4] = {};
    env->GetIntArrayRegion(shape, 0, 4, n);
    return {n[0], n[1], n[2], scale, n[3]};
}

HeadTensor tensor_at(const jlong* at) {
    return {reinterpret_cast<char*>(at[0]), static_cast<ptrdiff_t>(at[1]), static_cast<ptrdiff_t>(at[2])};
}

float* floats_at(jlong address) {
    return reinterpret_cast<float*>(address);
}

// The elements of some int[]; given back when it goes.
class Arrays {
public:
    explicit Arrays(JNIEnv* env) : env_(env) {}
    ~Arrays() {
        for (int i = 0; i < count_; ++i) {
            env_->ReleaseIntArrayElements(arrays_[i], elements_[i], JNI_ABORT);
        }
    }
    Arrays(const Arrays&) = delete;
    Arrays& operator=(const Arrays&) = delete;

    jint* of(jintArray array) {
        jint* elements = env_->GetIntArrayElements(array, nullptr);
        if (elements == nullptr) {
            complete_ = false;
        } else {
            arrays_[count_] = array;
            elements_[count_++] = elements;
        }
        return elements;
    }
    jint* of(jobjectArray arrays, int index) {
        return of(static_cast<jintArray>(env_->GetObjectArrayElement(arrays, index)));
    }
    bool complete() const { return complete_; }

private:
    JNIEnv* env_;
    jintArray arrays_[8];
    jint* elements_[8];
    int count_ = 0;
    bool complete_ = true;
};

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_dev_packtrain_kernels_AttentionCalls_createPlan(
    JNIEnv* env, jclass, jint num_rows, jint num_keys, jboolean causal, jobjectArray intervals, jobjectArray lists) {
    Arrays arrays(env);
    const packtrain::MaskArrays mask = {num_rows, num_keys, causal == JNI_TRUE, arrays.of(intervals, 0),
                                        arrays.of(intervals, 1), arrays.of(intervals, 2), arrays.of(intervals, 3)};
    const TileLists by_row = {arrays.of(lists, 0), arrays.of(lists, 1), packtrain::num_blocks(num_rows, packtrain::kTileRows)};
    const TileLists by_key = {arrays.of(lists, 2), arrays.of(lists, 3), packtrain::num_blocks(num_keys, packtrain::kTileKeys)};
    return arrays.complete() ? reinterpret_cast<jlong>(packtrain::create_plan(mask, by_row, by_key)) : 0;
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_AttentionCalls_destroyPlan(JNIEnv*, jclass, jlong plan) {
    packtrain::destroy_plan(plan_at(plan));
}

// tensors: q, k, v, o, lse
JNIEXPORT jboolean JNICALL Java_dev_packtrain_kernels_AttentionCalls_forward(
    JNIEnv* env, jclass, jint variant, jboolean bf16, jlong plan, jintArray shape, jfloat scale, jlongArray tensors) {
    jlong at[4 * kLongsOfTensor + 1] = {};
    env->GetLongArrayRegion(tensors, 0, 4 * kLongsOfTensor + 1, at);
    const AttentionShape dims = shape_of(env, shape, scale);
    if (env->ExceptionCheck()) {
        return JNI_FALSE;
    }
    const packtrain::ForwardTensors t = {tensor_at(at), tensor_at(at + kLongsOfTensor), tensor_at(at + 2 * kLongsOfTensor),
                                         tensor_at(at + 3 * kLongsOfTensor), floats_at(at[4 * kLongsOfTensor])};
    return kernel_of(variant, bf16).forward(*plan_at(plan), dims, t);
}

// tensors: q, k, v, o, lse, dO, dq, dk, dv
JNIEXPORT jboolean JNICALL Java_dev_packtrain_kernels_AttentionCalls_backward(
    JNIEnv* env, jclass, jint variant, jboolean bf16, jlong plan, jintArray shape, jfloat scale, jlongArray tensors) {
    jlong at[8 * kLongsOfTensor + 1] = {};
    env->GetLongArrayRegion(tensors, 0, 8 * kLongsOfTensor + 1, at);
    const AttentionShape dims = shape_of(env, shape, scale);
    if (env->ExceptionCheck()) {
        return JNI_FALSE;
    }
    const jlong* gradients = at + 4 * kLongsOfTensor + 1;
    const packtrain::BackwardTensors t = {tensor_at(gradients),
                                          tensor_at(at),
                                          tensor_at(at + kLongsOfTensor),
                                          tensor_at(at + 2 * kLongsOfTensor),
                                          tensor_at(at + 3 * kLongsOfTensor),
                                          floats_at(at[4 * kLongsOfTensor]),
                                          tensor_at(gradients + kLongsOfTensor),
                                          tensor_at(gradients + 2 * kLongsOfTensor),
                                          tensor_at(gradients + 3 * kLongsOfTensor)};
    return kernel_of(variant, bf16).backward(*plan_at(plan), dims, t);
}

}  // extern "C"
