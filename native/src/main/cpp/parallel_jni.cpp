// The native methods of dev.packtrain.kernels.ThreadCalls.
#include <jni.h>

#include "parallel.h"

extern "C" {

JNIEXPORT jstring JNICALL Java_dev_packtrain_kernels_ThreadCalls_poolPath(JNIEnv* env, jclass) {
    return env->NewStringUTF(packtrain::thread_pool_path());
}

JNIEXPORT jint JNICALL Java_dev_packtrain_kernels_ThreadCalls_defaultNumThreads(JNIEnv*, jclass) {
    return packtrain::default_num_threads();
}

// Runs one task for each element and writes the number of the thread that ran it, plus what was there times 1000: an
// element that was visited twice shows.
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_ThreadCalls_recordThreads(
    JNIEnv* env, jclass, jint wished_threads, jboolean dynamic, jintArray threads) {
    const jsize num_tasks = env->GetArrayLength(threads);
    jint* elements = env->GetIntArrayElements(threads, nullptr);
    if (elements == nullptr) {
        return;  // an OutOfMemoryError is pending
    }
    const packtrain::Share share = dynamic ? packtrain::Share::kDynamic : packtrain::Share::kStatic;
    packtrain::parallel_for(num_tasks, wished_threads, share, [elements](int64_t task, int thread) {
        elements[task] = elements[task] * 1000 + thread;
    });
    env->ReleaseIntArrayElements(threads, elements, 0);
}

}  // extern "C"
