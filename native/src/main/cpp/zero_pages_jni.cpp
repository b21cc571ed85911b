// The native methods of dev.packtrain.kernels.ZeroPageCalls. Java has checked every argument.
#include <errno.h>
#include <jni.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "parallel.h"

namespace {

// Of one task.
constexpr size_t kClearedBytes = size_t{1} << 20;

int release(char* at, size_t bytes) {
    return madvise(at, bytes, MADV_DONTNEED) == 0 ? 0 : errno;
}

size_t page_bytes() {
    return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

bool is_zero(const char* at, size_t bytes) {
    return at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0;
}

void clear(char* at, size_t bytes, size_t page) {
    for (size_t from = 0; from < bytes; from += page) {
        const size_t length = std::min(page, bytes - from);
        if (!is_zero(at + from, length)) {
            memset(at + from, 0, length);
        }
    }
}

// Releases pages of zeros, as many side by side as there are.
int release_zeros(char* at, size_t bytes) {
    const size_t page = page_bytes();
    size_t zeros = 0;  // before `from`
    int error = 0;
    for (size_t from = 0; from < bytes && error == 0; from += page) {
        const size_t length = std::min(page, bytes - from);
        const bool zero = is_zero(at + from, length);
        if (!zero && zeros > 0) {
            error = release(at + from - zeros, zeros);
        }
        zeros = zero ? zeros + length : 0;
    }
    return error == 0 && zeros > 0 ? release(at + bytes - zeros, zeros) : error;
}

char* address(jlong value) {
    return reinterpret_cast<char*>(value);
}

}  // namespace

extern "C" {

// The address, or -errno.
JNIEXPORT jlong JNICALL Java_dev_packtrain_kernels_ZeroPageCalls_map(JNIEnv*, jclass, jlong bytes) {
    void* mapped = mmap(
        nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        return -errno;
    }
    // One written byte would take a huge page. A kernel without huge pages refuses the advice and needs none.
    madvise(mapped, static_cast<size_t>(bytes), MADV_NOHUGEPAGE);
    return reinterpret_cast<jlong>(mapped);
}

// On the kernels' threads.
JNIEXPORT void JNICALL Java_dev_packtrain_kernels_ZeroPageCalls_clear(JNIEnv*, jclass, jlong at, jlong num_bytes) {
    const size_t bytes = static_cast<size_t>(num_bytes);
    const size_t page = page_bytes();
    const int64_t num_tasks = static_cast<int64_t>((bytes + kClearedBytes - 1) / kClearedBytes);
    packtrain::parallel_for(num_tasks, 0, packtrain::Share::kStatic, [=](int64_t task, int) {
        const size_t from = static_cast<size_t>(task) * kClearedBytes;
        clear(address(at) + from, std::min(kClearedBytes, bytes - from), page);
    });
}

// 0, or the errno.
JNIEXPORT jint JNICALL Java_dev_packtrain_kernels_ZeroPageCalls_releaseZeros(JNIEnv*, jclass, jlong at, jlong bytes) {
    return release_zeros(address(at), static_cast<size_t>(bytes));
}

JNIEXPORT void JNICALL Java_dev_packtrain_kernels_ZeroPageCalls_unmap(JNIEnv*, jclass, jlong at, jlong bytes) {
    munmap(address(at), static_cast<size_t>(bytes));
}

}  // extern "C"
