// The native methods of dev.packtrain.kernels.NativeCalls. Java has checked every argument.
#include <jni.h>

#include <cstdio>

#include "adamw.h"
#include "cpu_probe.h"
#include "gpu_probe.h"
#include "squared_norm.h"

namespace {

// KernelVariant.nativeId in Java.
enum Variant { kPortable = 0, kAvx2 = 1, kAvx512 = 2 };

char* address(jlong value) {
    return reinterpret_cast<char*>(value);
}

}  // namespace

extern "C" {

JNIEXPORT jint JNICALL Java_dev_packtrain_kernels_NativeCalls_cpuFeatures(JNIEnv*, jclass) {
    return static_cast<jint>(packtrain::cpu_features());
}

JNIEXPORT jstring JNICALL Java_dev_packtrain_kernels_NativeCalls_cpuBrand(JNIEnv* env, jclass) {
    char brand[49];
    packtrain::cpu_brand(brand);
    return env->NewStringUTF(brand);
}

// [reason or "", driver version, then a line "name \t bytes \t major \t minor" for each GPU]
JNIEXPORT jobjectArray JNICALL Java_dev_packtrain_kernels_NativeCalls_probeGpus(JNIEnv* env, jclass) {
    packtrain::Gpu gpus[packtrain::kMaxGpus] = {};
    const packtrain::GpuProbe probe = packtrain::probe_gpus(gpus);
    jobjectArray lines = env->NewObjectArray(2 + probe.num_gpus, env->FindClass("java/lang/String"), nullptr);
    if (lines == nullptr) {
        return nullptr;  // an OutOfMemoryError is pending
    }
    char line[256];
    snprintf(line, sizeof line, "%d", probe.driver_version);
    env->SetObjectArrayElement(lines, 0, env->NewStringUTF(probe.absent_reason));
    env->SetObjectArrayElement(lines, 1, env->NewStringUTF(line));
    for (int i = 0; i < probe.num_gpus; ++i) {
        const packtrain::Gpu& gpu = gpus[i];
        snprintf(line, sizeof line, "%.127s\t%llu\t%d\t%d", gpu.name, static_cast<unsigned long long>(gpu.memory_bytes),
                 gpu.capability_major, gpu.capability_minor);
        env->SetObjectArrayElement(lines, 2 + i, env->NewStringUTF(line));
    }
    return lines;
}

JNIEXPORT jlong JNICALL Java_dev_packtrain_kernels_NativeCalls_addressOf(JNIEnv* env, jclass, jobject buffer) {
    return reinterpret_cast<jlong>(env->GetDirectBufferAddress(buffer));
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_NativeCalls_adamW(
    JNIEnv* env, jclass, jint variant, jlongArray addresses, jlong num_elements, jfloatArray constants) {
    jlong at[5];
    packtrain::AdamWConstants c;
    env->GetLongArrayRegion(addresses, 0, 5, at);
    env->GetFloatArrayRegion(constants, 0, packtrain::kNumAdamWConstants, reinterpret_cast<jfloat*>(&c));
    if (env->ExceptionCheck()) {
        return;
    }
    const packtrain::AdamWBuffers b = {address(at[0]), address(at[1]), address(at[2]), address(at[3]), address(at[4])};
    const size_t n = static_cast<size_t>(num_elements);
    switch (static_cast<Variant>(variant)) {
        case kPortable:
            return packtrain::adamw_portable(b, n, c);
        case kAvx2:
            return packtrain::adamw_avx2(b, n, c);
        case kAvx512:
            return packtrain::adamw_avx512(b, n, c);
    }
}

JNIEXPORT jdouble JNICALL Java_dev_packtrain_kernels_NativeCalls_squaredNorm(
    JNIEnv*, jclass, jint variant, jlong values, jlong num_elements) {
    const size_t n = static_cast<size_t>(num_elements);
    switch (static_cast<Variant>(variant)) {
        case kAvx2:
            return packtrain::squared_norm_avx2(address(values), n);
        case kAvx512:
            return packtrain::squared_norm_avx512(address(values), n);
        case kPortable:
            break;
    }
    return packtrain::squared_norm_portable(address(values), n);
}

}  // extern "C"
