#include "machine.h"

#include <setjmp.h>
#include <ucontext.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "instructions.h"

namespace packtrain::emulation {
namespace {

constexpr uint32_t kSharedBase = 1024;
constexpr int kStackBytes = 128 * 1024;
constexpr int kWarpLanes = 32;

enum class State { kReady, kInWarp, kAtBarrier, kDone };

struct Copy {
    uint32_t shared;
    const void* global;
    bool valid;
};

struct Fiber {
    State state;
    bool started;
    jmp_buf context;
    std::unique_ptr<char[]> stack;
    std::vector<Copy> open;       // not in a group yet
    std::vector<Copy> committed;  // may arrive at any time
};

struct Warp {
    Instruction instruction;
    int num_arrived;
    Lane lanes[kWarpLanes];
};

struct Machine {
    Launch launch;
    const std::function<void()>* body;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    std::vector<unsigned char> shared;
    std::mt19937 random;
    jmp_buf host;
    ucontext_t entry_context;
    ucontext_t host_context;
    int running;
    int num_at_barrier;
    int num_done;
    int x;
    int y;
    Traffic traffic;
};

Machine machine;

void switch_to(int thread);

void fiber_main() {
    (*machine.body)();
    Fiber& fiber = machine.fibers[machine.running];
    if (!fiber.open.empty() || !fiber.committed.empty()) {
        fail("a thread ends with copies that it has not waited for");
    }
    fiber.state = State::kDone;
    if (++machine.num_done == machine.launch.num_threads) {
        _longjmp(machine.host, 1);
    }
    switch_to(-1);
}

// Next thread that can go on: of the same warp if there is one, else of the warp that the schedule likes.
int next_ready() {
    const int num_warps = static_cast<int>(machine.warps.size());
    const int own = machine.running / kWarpLanes;
    const int first = machine.launch.schedule == Schedule::kRandom ? static_cast<int>(machine.random() % num_warps) : 0;
    // Now and then another warp overtakes.
    const bool overtake = machine.launch.schedule == Schedule::kRandom && machine.random() % 16 == 0;
    for (int i = overtake ? 0 : -1; i < num_warps; ++i) {
        int warp = own;
        if (i >= 0) {
            warp = machine.launch.schedule == Schedule::kDescending ? num_warps - 1 - i : (first + i) % num_warps;
        }
        const int lane0 = warp == own ? machine.running % kWarpLanes + 1 : 0;
        for (int lane = 0; lane < kWarpLanes; ++lane) {
            const int thread = warp * kWarpLanes + (lane0 + lane) % kWarpLanes;
            if (machine.fibers[thread].state == State::kReady) {
                return thread;
            }
        }
    }
    fail("no thread can go on: some wait at a barrier or warp instruction that others never reach");
}

void switch_to(int thread) {
    machine.running = thread >= 0 ? thread : next_ready();
    Fiber& fiber = machine.fibers[machine.running];
    if (fiber.started) {
        _longjmp(fiber.context, 1);
    }
    fiber.started = true;
    getcontext(&machine.entry_context);
    machine.entry_context.uc_stack.ss_sp = fiber.stack.get();
    machine.entry_context.uc_stack.ss_size = kStackBytes;
    machine.entry_context.uc_link = nullptr;
    makecontext(&machine.entry_context, fiber_main, 0);
    setcontext(&machine.entry_context);
}

void wait_as(State state) {
    Fiber& fiber = machine.fibers[machine.running];
    fiber.state = state;
    if (_setjmp(fiber.context) == 0) {
        switch_to(-1);
    }
}

void arrive(const Copy& copy) {
    unsigned char* target = shared_memory(copy.shared, 16);
    if (copy.valid) {
        std::memcpy(target, copy.global, 16);
    } else {
        std::memset(target, 0, 16);
    }
}

void run_block() {
    const int num_threads = machine.launch.num_threads;
    for (Fiber& fiber : machine.fibers) {
        fiber.state = State::kReady;
        fiber.started = false;
    }
    for (Warp& warp : machine.warps) {
        warp.num_arrived = 0;
    }
    // Not the numbers of the block before: NaNs.
    std::memset(machine.shared.data(), 0xff, machine.shared.size());
    machine.num_at_barrier = 0;
    machine.num_done = 0;
    const bool last_first = machine.launch.schedule == Schedule::kDescending;
    if (_setjmp(machine.host) == 0) {
        switch_to(last_first ? num_threads - kWarpLanes : 0);
    }
}

}  // namespace

void run(const Launch& launch, const std::function<void()>& thread_body) {
    machine.launch = launch;
    machine.body = &thread_body;
    machine.shared.resize(launch.shared_bytes);
    machine.warps.resize(launch.num_threads / kWarpLanes);
    machine.fibers.resize(launch.num_threads);
    machine.random.seed(20261121);
    for (Fiber& fiber : machine.fibers) {
        if (fiber.stack == nullptr) {
            fiber.stack.reset(new char[kStackBytes]);
        }
    }
    const int num_blocks = launch.grid_x * launch.grid_y;
    for (int i = 0; i < num_blocks; ++i) {
        const int block = launch.schedule == Schedule::kDescending ? num_blocks - 1 - i : i;
        machine.x = block % launch.grid_x;
        machine.y = block / launch.grid_x;
        run_block();
    }
}

Traffic traffic() { return machine.traffic; }
int thread_index() { return machine.running; }
int block_index_x() { return machine.x; }
int block_index_y() { return machine.y; }
Lane& lane() { return machine.warps[machine.running / kWarpLanes].lanes[machine.running % kWarpLanes]; }

void execute_in_warp(Instruction instruction) {
    Warp& warp = machine.warps[machine.running / kWarpLanes];
    if (warp.num_arrived == 0) {
        warp.instruction = instruction;
    } else if (warp.instruction != instruction) {
        fail("lanes of a warp are at different instructions");
    }
    if (++warp.num_arrived < kWarpLanes) {
        wait_as(State::kInWarp);
        return;
    }
    execute(instruction, warp.lanes, machine.traffic);
    warp.num_arrived = 0;
    const int lane0 = machine.running / kWarpLanes * kWarpLanes;
    for (int i = 0; i < kWarpLanes; ++i) {
        machine.fibers[lane0 + i].state = State::kReady;
    }
}

void block_barrier() {
    if (++machine.num_at_barrier < machine.launch.num_threads) {
        wait_as(State::kAtBarrier);
        return;
    }
    machine.num_at_barrier = 0;
    for (Fiber& fiber : machine.fibers) {
        if (fiber.state == State::kDone) {
            fail("a barrier after a thread has ended");
        }
        fiber.state = State::kReady;
    }
}

void copy_async_16(uint32_t shared, const void* global, bool valid) {
    require_aligned(global, 16);
    unsigned char* target = shared_memory(shared, 16);
    if (machine.launch.late_copies) {
        std::memset(target, 0xff, 16);
    }
    machine.fibers[machine.running].open.push_back(Copy{shared, global, valid});
    if (!machine.launch.late_copies) {
        arrive(machine.fibers[machine.running].open.back());
    }
}

void copy_async_commit() {
    Fiber& fiber = machine.fibers[machine.running];
    fiber.committed.insert(fiber.committed.end(), fiber.open.begin(), fiber.open.end());
    fiber.open.clear();
}

void copy_async_wait_all() {
    Fiber& fiber = machine.fibers[machine.running];
    if (machine.launch.late_copies) {
        for (const Copy& copy : fiber.committed) {
            arrive(copy);
        }
    }
    fiber.committed.clear();
}

unsigned char* shared_memory(uint32_t address, size_t num_bytes) {
    if (address < kSharedBase || address - kSharedBase + num_bytes > machine.shared.size() || address % num_bytes != 0) {
        fail("an address outside of the block's shared memory, or unaligned");
    }
    return machine.shared.data() + (address - kSharedBase);
}

void require_aligned(const void* global, size_t num_bytes) {
    if (reinterpret_cast<uintptr_t>(global) % num_bytes != 0) {
        fail("a global address that is not aligned to its access");
    }
}

void fail(const char* what) {
    std::fprintf(stderr, "block (%d, %d), thread %d: %s\n", machine.x, machine.y, machine.running, what);
    std::exit(3);
}

}  // namespace packtrain::emulation
