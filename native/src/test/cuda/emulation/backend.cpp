// Kernels compiled by the C++ compiler and run on the emulated GPU. Global memory ends before a page that cannot be touched.
#include "backend.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "machine.h"

#include "flash_mask.cu"

#include "kernel_table.h"

namespace packtrain {
namespace {

struct Mapping {
    void* start;
    size_t num_bytes;
};

std::vector<Mapping> mappings;

// Each problem runs under another schedule than the one before: two runs with equal bits then say that the order of warps,
// blocks and copies does not matter.
struct Order {
    emulation::Schedule schedule;
    bool late_copies;
};
constexpr Order kOrders[] = {
    {emulation::Schedule::kAscending, true}, {emulation::Schedule::kRandom, false},
    {emulation::Schedule::kDescending, true}, {emulation::Schedule::kRandom, true},
    {emulation::Schedule::kDescending, false},
};
int order = 0;

}  // namespace

void* allocate(size_t num_bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t rounded = (num_bytes + 15) / 16 * 16;
    const size_t mapped = (rounded + page - 1) / page * page + page;
    char* start = static_cast<char*>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (start == MAP_FAILED || mprotect(start + mapped - page, page, PROT_NONE) != 0) {
        emulation::fail("no memory");
    }
    mappings.push_back(Mapping{start, mapped});
    return std::memset(start + mapped - page - rounded, 0xff, rounded);
}

void free_all() {
    for (const Mapping& mapping : mappings) {
        munmap(mapping.start, mapping.num_bytes);
    }
    mappings.clear();
    order = (order + 1) % 5;
}

void upload(void* to, const void* from, size_t num_bytes) { std::memcpy(to, from, num_bytes); }
void download(void* to, const void* from, size_t num_bytes) { std::memcpy(to, from, num_bytes); }

void launch(Kernel kernel, const Variant& variant, int grid_x, int grid_y, const FlashMaskArgs& args) {
    const EntryPoint function = entry_point(kernel, variant);
    const emulation::Launch launch = {grid_x,
                                      grid_y,
                                      kThreads,
                                      shared_bytes(kernel, variant.head_dim),
                                      kOrders[order].schedule,
                                      kOrders[order].late_copies};
    emulation::run(launch, [&] { function(args); });
}

}  // namespace packtrain
