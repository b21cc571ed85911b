// A GPU in one host thread, for tests: the threads of a block are fibers that meet at warp instructions and barriers. Each
// instruction does what the PTX ISA says about its fragments, and mistakes that a GPU would answer with wrong numbers stop the
// program: a lane that misses a warp instruction, a barrier that not all threads reach, an address out of bounds or unaligned, a
// copy that nobody waits for. Blocks run one after another; what it cannot show: real concurrency, and speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace packtrain::emulation {

// In which order threads and blocks go on where the GPU is free to choose. Equal results under all of them are a sign (no
// proof) that no barrier is missing.
enum class Schedule { kAscending, kDescending, kRandom };

struct Launch {
    int grid_x;
    int grid_y;
    int num_threads;
    int shared_bytes;
    Schedule schedule;
    // Copies in the background arrive when they are waited for, and their target holds NaNs until then; otherwise at once.
    bool late_copies;
};

// Counts of warp accesses to shared memory of 16 bytes a lane, and of those that hit a bank twice.
struct Traffic {
    int64_t accesses;
    int64_t conflicts;
};

void run(const Launch& launch, const std::function<void()>& thread_body);
Traffic traffic();

// What a warp instruction gets from one lane, and gives it.
struct Lane {
    uint32_t address;
    uint32_t a[4];
    uint32_t b[2];
    float c[4];
    float x;
    int mask;
};

enum class Instruction { kNone, kBarrier, kShuffle, kLoadMatrices, kLoadMatricesTransposed, kMultiplyBf16, kMultiplyFp16 };

// For the running thread.
int thread_index();
int block_index_x();
int block_index_y();
Lane& lane();
void execute_in_warp(Instruction instruction);
void block_barrier();
void copy_async_16(uint32_t shared, const void* global, bool valid);
void copy_async_commit();
void copy_async_wait_all();
unsigned char* shared_memory(uint32_t address, size_t num_bytes);
void require_aligned(const void* global, size_t num_bytes);

float to_float(uint16_t bits, bool bf16);
uint16_t to_bits(float x, bool bf16);

[[noreturn]] void fail(const char* what);

}  // namespace packtrain::emulation
