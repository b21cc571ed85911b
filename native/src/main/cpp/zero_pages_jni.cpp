// The native methods of dev.packtrain.kernels.ZeroPageCalls. Java has checked every argument.
#include <errno.h>
#include <jni.h>
#include <sys/mman.h>

namespace {

void* address(jlong value) {
    return reinterpret_cast<void*>(value);
}

}  // namespace

extern "C" {

// The address, or -errno.
JNIEXPORT jlong JNICALL Java_dev_packtrain_kernels_ZeroPageCalls_map(JNIEnv*, jclass, jlong bytes) {
    void* mapped = mmap(
        nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return mapped == MAP_FAILED ? -errno : reinterpret_cast<jlong>(mapped);
}

// 0, or the errno.
JNIEXPORT jint JNICALL Java_dev_packtrain_kernels_ZeroPageCalls_release(JNIEnv*, jclass, jlong at, jlong bytes) {
    return madvise(address(at), static_cast<size_t>(bytes), MADV_DONTNEED) == 0 ? 0 : errno;
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_ZeroPageCalls_unmap(JNIEnv*, jclass, jlong at, jlong bytes) {
    munmap(address(at), static_cast<size_t>(bytes));
}

}  // extern "C"
