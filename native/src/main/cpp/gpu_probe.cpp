// The driver library is opened at run time: one build serves machines with and without a GPU.
#include "gpu_probe.h"

#include <dlfcn.h>

#include <cstdio>

namespace packtrain {
namespace {

// From the CUDA driver API: CUresult and CUdevice are ints, and these are two CUdevice_attribute values.
constexpr int kSuccess = 0;
constexpr int kNoDevice = 100;
constexpr int kCapabilityMajor = 75;
constexpr int kCapabilityMinor = 76;

struct Driver {
    int (*init)(unsigned);
    int (*driver_version)(int*);
    int (*device_count)(int*);
    int (*device_get)(int*, int);
    int (*device_name)(char*, int, int);
    int (*device_memory)(size_t*, int);
    int (*device_attribute)(int*, int, int);
};

template <typename F>
bool bind(void* library, const char* name, F*& function) {
    function = reinterpret_cast<F*>(dlsym(library, name));
    return function != nullptr;
}

bool bind_all(void* library, Driver& driver) {
    return bind(library, "cuInit", driver.init) && bind(library, "cuDriverGetVersion", driver.driver_version) &&
           bind(library, "cuDeviceGetCount", driver.device_count) && bind(library, "cuDeviceGet", driver.device_get) &&
           bind(library, "cuDeviceGetName", driver.device_name) &&
           bind(library, "cuDeviceTotalMem_v2", driver.device_memory) &&
           bind(library, "cuDeviceGetAttribute", driver.device_attribute);
}

GpuProbe absent(const char* what, int code) {
    GpuProbe probe = {};
    snprintf(probe.absent_reason, sizeof probe.absent_reason, what, code);
    return probe;
}

bool describe(const Driver& driver, int ordinal, Gpu& gpu) {
    int device = 0;
    size_t memory = 0;
    if (driver.device_get(&device, ordinal) != kSuccess ||
        driver.device_name(gpu.name, sizeof gpu.name, device) != kSuccess ||
        driver.device_memory(&memory, device) != kSuccess ||
        driver.device_attribute(&gpu.capability_major, kCapabilityMajor, device) != kSuccess ||
        driver.device_attribute(&gpu.capability_minor, kCapabilityMinor, device) != kSuccess) {
        return false;
    }
    gpu.memory_bytes = memory;
    return true;
}

}  // namespace

GpuProbe probe_gpus(Gpu* gpus) {
    // Never closed: the driver does not support being unloaded.
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return absent("no NVIDIA driver: libcuda.so.1 is not on the library path", 0);
    }
    Driver driver = {};
    if (!bind_all(library, driver)) {
        return absent("libcuda.so.1 lacks a function of the CUDA driver API", 0);
    }
    const int init = driver.init(0);
    if (init == kNoDevice) {
        return absent("the NVIDIA driver is installed, but shows no GPU to this process", 0);
    }
    if (init != kSuccess) {
        return absent("cuInit of the NVIDIA driver failed with CUDA error %d", init);
    }
    GpuProbe probe = {};
    int num_devices = 0;
    const int count = driver.device_count(&num_devices);
    if (count != kSuccess || driver.driver_version(&probe.driver_version) != kSuccess) {
        return absent("the NVIDIA driver does not say how many GPUs there are (CUDA error %d)", count);
    }
    for (int i = 0; i < num_devices && i < kMaxGpus; ++i) {
        if (!describe(driver, i, gpus[probe.num_gpus])) {
            return absent("the NVIDIA driver does not describe GPU %d", i);
        }
        ++probe.num_gpus;
    }
    return probe;
}

}  // namespace packtrain
