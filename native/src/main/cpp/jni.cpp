// The native methods of dev.packtrain.kernels.NativeCalls. Java has checked every argument.
#include <jni.h>

#include <cstdio>

#include "cpu_probe.h"
#include "gpu_probe.h"

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

}  // extern "C"
