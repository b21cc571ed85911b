// NVIDIA GPUs, as their driver reports them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace packtrain {

struct Gpu {
    char name[128];
    uint64_t memory_bytes;
    int capability_major;
    int capability_minor;
};

struct GpuProbe {
    char absent_reason[256];  // empty: the driver works
    int driver_version;       // newest CUDA it runs, 1000 * major + 10 * minor
    int num_gpus;             // at most kMaxGpus
};

constexpr int kMaxGpus = 64;

// Makes no CUDA context: GPU memory and running processes are not touched.
GpuProbe probe_gpus(Gpu* gpus);

}  // namespace packtrain
