#include "shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace packtrain {
namespace {

// About 10 microseconds: what a peer needs that is running already. Longer waits are left to the kernel, since there may
// be fewer cores than threads.
constexpr int kSpins = 500;

// Not FUTEX_PRIVATE_FLAG: the waiter is another process.
long futex(uint32_t* word, int operation, uint32_t value, const timespec* timeout) {
    return syscall(SYS_futex, word, operation, value, timeout, nullptr, 0);
}

bool reached(const SharedCounter* counter, uint32_t wanted, uint32_t* seen) {
    *seen = __atomic_load_n(&counter->value, __ATOMIC_ACQUIRE);
    return static_cast<int32_t>(*seen - wanted) >= 0;
}

int64_t now_millis() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

bool sleep_until_reached(SharedCounter* counter, uint32_t wanted, int64_t timeout_millis) {
    const int64_t deadline = now_millis() + timeout_millis;
    uint32_t seen;
    while (!reached(counter, wanted, &seen)) {
        const int64_t rest = deadline - now_millis();
        if (rest <= 0) {
            return false;
        }
        const timespec timeout = {static_cast<time_t>(rest / 1000), static_cast<long>(rest % 1000) * 1000000};
        futex(&counter->value, FUTEX_WAIT, seen, &timeout);  // whatever it returns, the loop looks again
    }
    return true;
}

}  // namespace

int create_shared_file(size_t bytes) {
    const int descriptor = static_cast<int>(syscall(SYS_memfd_create, "packtrain-collectives", 1u /* MFD_CLOEXEC */));
    if (descriptor < 0) {
        return -errno;
    }
    const int error = posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
    if (error != 0) {
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int open_shared_file(const char* path, size_t bytes) {
    const int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return -errno;
    }
    struct stat file;
    if (fstat(descriptor, &file) != 0 || !S_ISREG(file.st_mode) || static_cast<size_t>(file.st_size) != bytes) {
        close(descriptor);
        return -EINVAL;
    }
    return descriptor;
}

char* map_shared_file(int descriptor, size_t bytes) {
    void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    return address == MAP_FAILED ? nullptr : static_cast<char*>(address);
}

void unmap_shared_file(char* address, size_t bytes) {
    munmap(address, bytes);
}

void close_descriptor(int descriptor) {
    close(descriptor);
}

void publish(SharedCounter* counter, uint32_t value) {
    // Sequentially consistent, as is the waiter's pair: one of the two sees what the other has written.
    __atomic_store_n(&counter->value, value, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&counter->num_waiters, __ATOMIC_SEQ_CST) != 0) {
        futex(&counter->value, FUTEX_WAKE, INT_MAX, nullptr);
    }
}

bool await_counter(SharedCounter* counter, uint32_t wanted, int64_t timeout_millis) {
    uint32_t seen;
    for (int spin = 0; spin < kSpins; ++spin) {
        if (reached(counter, wanted, &seen)) {
            return true;
        }
        __builtin_ia32_pause();
    }
    __atomic_fetch_add(&counter->num_waiters, 1, __ATOMIC_SEQ_CST);
    const bool in_time = sleep_until_reached(counter, wanted, timeout_millis);
    __atomic_fetch_sub(&counter->num_waiters, 1, __ATOMIC_SEQ_CST);
    return in_time;
}

}  // namespace packtrain
