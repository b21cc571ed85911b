// Kernels on the GPU of this machine.
#include "backend.h"

#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "flash_mask.cu"

#include "device_timer.h"
#include "kernel_table.h"

namespace packtrain {
namespace {

std::vector<void*> allocations;

void require(cudaError_t status, const char* what) {
    if (status != cudaSuccess) {
        std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
        std::exit(3);
    }
}

}  // namespace

void* allocate(size_t num_bytes) {
    void* memory = nullptr;
    require(cudaMalloc(&memory, num_bytes), "cudaMalloc");
    require(cudaMemset(memory, 0xff, num_bytes), "cudaMemset");
    allocations.push_back(memory);
    return memory;
}

void free_all() {
    for (void* memory : allocations) {
        require(cudaFree(memory), "cudaFree");
    }
    allocations.clear();
}

void upload(void* to, const void* from, size_t num_bytes) {
    require(cudaMemcpy(to, from, num_bytes, cudaMemcpyHostToDevice), "copying to the GPU");
}

void download(void* to, const void* from, size_t num_bytes) {
    require(cudaMemcpy(to, from, num_bytes, cudaMemcpyDeviceToHost), "copying from the GPU");
}

void launch(Kernel kernel, const Variant& variant, int grid_x, int grid_y, const FlashMaskArgs& args) {
    const void* function = reinterpret_cast<const void*>(entry_point(kernel, variant));
    const int bytes = shared_bytes(kernel, variant.head_dim);
    require(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes), "shared memory");
    FlashMaskArgs copy = args;
    void* parameters[] = {&copy};
    require(cudaLaunchKernel(function, dim3(grid_x, grid_y), dim3(kThreads), parameters, bytes, nullptr), "a launch");
}

double milliseconds(int num_runs, const std::function<void()>& run) {
    cudaEvent_t begin;
    cudaEvent_t end;
    require(cudaEventCreate(&begin), "cudaEventCreate");
    require(cudaEventCreate(&end), "cudaEventCreate");
    require(cudaEventRecord(begin), "cudaEventRecord");
    for (int i = 0; i < num_runs; ++i) {
        run();
    }
    require(cudaEventRecord(end), "cudaEventRecord");
    require(cudaEventSynchronize(end), "a kernel");
    float elapsed = 0;
    require(cudaEventElapsedTime(&elapsed, begin, end), "cudaEventElapsedTime");
    require(cudaEventDestroy(begin), "cudaEventDestroy");
    require(cudaEventDestroy(end), "cudaEventDestroy");
    return elapsed / num_runs;
}

void describe_device() {
    int device = 0;
    require(cudaGetDevice(&device), "finding a GPU");
    cudaDeviceProp properties;
    require(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    int blocks = 0;
    const void* forward = reinterpret_cast<const void*>(entry_point(Kernel::kForward, Variant{true, 128}));
    const int bytes = shared_bytes(Kernel::kForward, 128);
    require(cudaFuncSetAttribute(forward, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes), "shared memory");
    require(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, forward, kThreads, bytes), "occupancy");
    std::printf("%s, compute capability %d.%d, %d multiprocessors; forward d128: %d blocks each\n\n", properties.name,
                properties.major, properties.minor, properties.multiProcessorCount, blocks);
}

}  // namespace packtrain
