// Memory that several processes of one host share, and counters in it on which one process waits for another.
//
// The memory is an anonymous file (memfd_create): it has no name in any directory, so nothing is left behind however the
// processes end. Another process of the same user opens it as /proc/PID/fd/FD.
#pragma once

#include <cstddef>
#include <cstdint>

namespace packtrain {

// A new file of `bytes` zeros whose pages are reserved, so that no later access can fail for want of memory. The
// descriptor, or -errno.
int create_shared_file(size_t bytes);

// The file at /proc/PID/fd/FD. The descriptor, or -errno; -EINVAL if it is not `bytes` long.
int open_shared_file(const char* path, size_t bytes);

// The whole file, readable and writable; null if it cannot be mapped.
char* map_shared_file(int descriptor, size_t bytes);

void unmap_shared_file(char* address, size_t bytes);
void close_descriptor(int descriptor);

// A counter that only rises (modulo 2^32), by one process.
struct SharedCounter {
    uint32_t value;
    uint32_t num_waiters;
};

// Sets the counter after everything written before it, and wakes who waits.
void publish(SharedCounter* counter, uint32_t value);

// Waits until the counter is `wanted` or more, then sees everything written before it. Spins a little, then sleeps.
// Returns false if it is less after `timeout_millis`.
bool await_counter(SharedCounter* counter, uint32_t wanted, int64_t timeout_millis);

}  // namespace packtrain
