// A libcuda.so.1 for tests: the functions of the driver API that Packtrain calls, for one GPU whose memory is the host's and whose
// kernels run on the emulated GPU, each before its launch returns. Kernels are found by name in flash_mask.cu, passes.cu and
// quantized.cu; the image of the module is only looked at.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "backend.h"
#include "passes.h"

namespace packtrain {
namespace {

constexpr int kSuccess = 0;
constexpr int kInvalidValue = 1;
constexpr int kInvalidImage = 200;
constexpr int kInvalidContext = 201;
constexpr int kNotFound = 500;
constexpr int kIllegalAddress = 700;
constexpr uint32_t kFatbinMagic = 0xba55ed50u;

// A pass, or else one of FlashMask's kernels.
struct Function {
    const Pass* pass;
    Kernel kernel;
    Variant variant;
    int shared_limit;
    const int32_t* left_out;
};

constexpr int kUnpromisedSharedBytes = 48 * 1024;

int context;
int module_of_context;
int stream_of_tests;
void* current_context = nullptr;
std::vector<Function*> functions;
// By kernel: how many of its blocks a launch leaves out, along x; below 0 it fails. A test that wants a wrong kernel writes here.
std::map<std::string, int32_t> left_out;

bool parse(const std::string& name, Function& function) {
    function = Function{find_pass(name.c_str()), Kernel::kForward, Variant{false, 0}, kUnpromisedSharedBytes, &left_out[name]};
    if (function.pass != nullptr) {
        return true;
    }
    const char* passes[] = {"forward", "row_sums", "backward_query", "backward_key"};
    for (int pass = 0; pass < 4; ++pass) {
        for (bool bf16 : {true, false}) {
            for (int head_dim : {32, 64, 96, 128, 192, 256}) {
                const std::string known = std::string("flash_mask_") + passes[pass] + (bf16 ? "_bf16_d" : "_fp16_d");
                if (name == known + std::to_string(head_dim)) {
                    function.kernel = static_cast<Kernel>(pass);
                    function.variant = Variant{bf16, head_dim};
                    return true;
                }
            }
        }
    }
    return false;
}

}  // namespace
}  // namespace packtrain

using packtrain::Function;

extern "C" {

int cuInit(unsigned) { return packtrain::kSuccess; }

int cuDriverGetVersion(int* version) {
    *version = 13000;
    return packtrain::kSuccess;
}

int cuDeviceGetCount(int* count) {
    *count = 1;
    return packtrain::kSuccess;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal == 0 ? packtrain::kSuccess : packtrain::kInvalidValue;
}

int cuDeviceGetName(char* name, int length, int) {
    std::snprintf(name, static_cast<size_t>(length), "emulated GPU");
    return packtrain::kSuccess;
}

int cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = size_t{1} << 30;
    return packtrain::kSuccess;
}

// 75 and 76 are the parts of the compute capability.
int cuDeviceGetAttribute(int* value, int attribute, int) {
    *value = attribute == 75 ? 9 : 0;
    return packtrain::kSuccess;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
    *context = &packtrain::context;
    return packtrain::kSuccess;
}

int cuDevicePrimaryCtxRelease_v2(int) { return packtrain::kSuccess; }

int cuCtxSetCurrent(void* context) {
    packtrain::current_context = context;
    return context == &packtrain::context ? packtrain::kSuccess : packtrain::kInvalidContext;
}

int cuModuleLoadData(void** module, const void* image) {
    uint32_t magic;
    std::memcpy(&magic, image, sizeof magic);
    *module = &packtrain::module_of_context;
    const bool here = packtrain::current_context == &packtrain::context;
    return !here ? packtrain::kInvalidContext : magic == packtrain::kFatbinMagic ? packtrain::kSuccess : packtrain::kInvalidImage;
}

int cuModuleUnload(void* module) {
    for (Function* function : packtrain::functions) {
        delete function;
    }
    packtrain::functions.clear();
    return module == &packtrain::module_of_context ? packtrain::kSuccess : packtrain::kInvalidValue;
}

int cuModuleGetFunction(void** result, void* module, const char* name) {
    Function function;
    if (module != &packtrain::module_of_context || !packtrain::parse(name, function)) {
        return packtrain::kNotFound;
    }
    packtrain::functions.push_back(new Function(function));
    *result = packtrain::functions.back();
    return packtrain::kSuccess;
}

// Every kernel has a global of its name: the int that says how many of its blocks are left out.
int cuModuleGetGlobal_v2(uint64_t* address, size_t* bytes, void*, const char* name) {
    Function function;
    if (!packtrain::parse(name, function)) {
        return packtrain::kNotFound;
    }
    *address = reinterpret_cast<uint64_t>(function.left_out);
    *bytes = sizeof(int32_t);
    return packtrain::kSuccess;
}

// 8 is the limit of dynamic shared memory.
int cuFuncSetAttribute(void* function, int attribute, int value) {
    if (attribute != 8) {
        return packtrain::kInvalidValue;
    }
    static_cast<Function*>(function)->shared_limit = value;
    return packtrain::kSuccess;
}

int cuLaunchKernel(void* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned shared_bytes, void* stream, void** parameters, void** extra) {
    const Function& function = *static_cast<Function*>(kernel);
    const int needed = function.pass != nullptr ? function.pass->shared_bytes
                                                : packtrain::shared_bytes(function.kernel, function.variant.head_dim);
    if (packtrain::current_context != &packtrain::context || stream != &packtrain::stream_of_tests) {
        return packtrain::kInvalidContext;
    }
    if (grid_z != 1 || block_x != packtrain::kThreads || block_y != 1 || block_z != 1 || extra != nullptr ||
        static_cast<int>(shared_bytes) != needed || needed > function.shared_limit) {
        return packtrain::kInvalidValue;
    }
    if (*function.left_out < 0) {
        return packtrain::kIllegalAddress;
    }
    const int blocks = static_cast<int>(grid_x) - *function.left_out;
    if (blocks <= 0) {
        return packtrain::kSuccess;
    }
    if (function.pass != nullptr) {
        packtrain::launch(*function.pass, blocks, static_cast<int>(grid_y), parameters[0]);
        return packtrain::kSuccess;
    }
    packtrain::FlashMaskArgs args;
    std::memcpy(&args, parameters[0], sizeof args);
    packtrain::launch(function.kernel, function.variant, blocks, static_cast<int>(grid_y), args);
    return packtrain::kSuccess;
}

int cuGetErrorName(int, const char** name) {
    *name = "CUDA_ERROR_OF_THE_EMULATION";
    return packtrain::kSuccess;
}

// The one stream, for the test program.
int cuStreamCreate(void** stream, unsigned) {
    *stream = &packtrain::stream_of_tests;
    return packtrain::kSuccess;
}

}  // extern "C"
