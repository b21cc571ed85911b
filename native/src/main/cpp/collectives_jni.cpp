// The native methods of dev.packtrain.kernels.CollectiveCalls. Java has checked every argument.
#include <jni.h>

#include <cstring>

#include "rank_reduction.h"
#include "shared_memory.h"

namespace {

// KernelVariant.nativeId in Java.
constexpr packtrain::RankReductionKernel kReduction[] = {
    packtrain::rank_reduction_portable, packtrain::rank_reduction_avx2, packtrain::rank_reduction_avx512};

constexpr jsize kMaxSources = 64;

char* address(jlong value) {
    return reinterpret_cast<char*>(value);
}

packtrain::SharedCounter* counter(jlong value) {
    return reinterpret_cast<packtrain::SharedCounter*>(value);
}

}  // namespace

extern "C" {

// types: of the sources, of the output
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CollectiveCalls_reduce(
    JNIEnv* env, jclass, jint variant, jboolean maximum, jint from, jint to, jlongArray sources, jlong output,
    jlong num_elements) {
    const jsize num_sources = env->GetArrayLength(sources);
    jlong at[kMaxSources];
    const char* buffers[kMaxSources];
    env->GetLongArrayRegion(sources, 0, num_sources, at);
    if (env->ExceptionCheck()) {
        return;
    }
    for (jsize i = 0; i < num_sources; ++i) {
        buffers[i] = address(at[i]);
    }
    kReduction[variant]({
        maximum == JNI_TRUE,
        static_cast<packtrain::ReductionType>(from),
        static_cast<packtrain::ReductionType>(to),
        buffers,
        static_cast<size_t>(num_sources),
        address(output),
        static_cast<size_t>(num_elements),
    });
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CollectiveCalls_copy(
    JNIEnv*, jclass, jlong from, jlong to, jlong bytes) {
    memcpy(address(to), address(from), static_cast<size_t>(bytes));
}

JNIEXPORT jint JNICALL Java_dev_packtrain_kernels_CollectiveCalls_createFile(JNIEnv*, jclass, jlong bytes) {
    return packtrain::create_shared_file(static_cast<size_t>(bytes));
}

JNIEXPORT jint JNICALL Java_dev_packtrain_kernels_CollectiveCalls_openFile(
    JNIEnv* env, jclass, jstring path, jlong bytes) {
    const char* name = env->GetStringUTFChars(path, nullptr);
    if (name == nullptr) {
        return -1;  // an OutOfMemoryError is pending
    }
    const int descriptor = packtrain::open_shared_file(name, static_cast<size_t>(bytes));
    env->ReleaseStringUTFChars(path, name);
    return descriptor;
}

JNIEXPORT jlong JNICALL Java_dev_packtrain_kernels_CollectiveCalls_map(JNIEnv*, jclass, jint descriptor, jlong bytes) {
    return reinterpret_cast<jlong>(packtrain::map_shared_file(descriptor, static_cast<size_t>(bytes)));
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CollectiveCalls_unmap(JNIEnv*, jclass, jlong at, jlong bytes) {
    packtrain::unmap_shared_file(address(at), static_cast<size_t>(bytes));
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CollectiveCalls_closeFile(JNIEnv*, jclass, jint descriptor) {
    packtrain::close_descriptor(descriptor);
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CollectiveCalls_putLong(JNIEnv*, jclass, jlong at, jlong value) {
    memcpy(address(at), &value, sizeof value);
}

JNIEXPORT jlong JNICALL Java_dev_packtrain_kernels_CollectiveCalls_getLong(JNIEnv*, jclass, jlong at) {
    jlong value;
    memcpy(&value, address(at), sizeof value);
    return value;
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_CollectiveCalls_publish(JNIEnv*, jclass, jlong at, jint value) {
    packtrain::publish(counter(at), static_cast<uint32_t>(value));
}

JNIEXPORT jboolean JNICALL Java_dev_packtrain_kernels_CollectiveCalls_await(
    JNIEnv*, jclass, jlong at, jint wanted, jlong timeout_millis) {
    return packtrain::await_counter(counter(at), static_cast<uint32_t>(wanted), timeout_millis) ? JNI_TRUE : JNI_FALSE;
}

}  // extern "C"
