// Runs a kernel of quantised matrices on the emulated GPU: main KERNEL GRID_X GRID_Y ARGUMENTS MATRIX VALUES X Y, the last five
// files; addresses in ARGUMENTS count from 1 << 40 for the matrix, 2 << 40 for values, 3 << 40 for x and 4 << 40 for y. Y is written.
// Each runs twice, in another order of threads and blocks, and must give the same bits.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "machine.h"
#include "quantized.cu"

namespace {

using packtrain::QuantizedArgs;

// Aligned to 16 bytes, and so that reading past the end of a vector's memory is a fault of the sanitiser or a wrong number.
std::vector<char> contents(const char* path) {
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) {
        packtrain::emulation::fail("no such file");
    }
    std::vector<char> bytes;
    char buffer[4096];
    for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
        bytes.insert(bytes.end(), buffer, buffer + count);
    }
    std::fclose(file);
    return bytes;
}

template <typename Type>
Type* at(const Type* address, const std::vector<char*>& memory) {
    const uint64_t bits = reinterpret_cast<uint64_t>(address);
    return address == nullptr ? nullptr : reinterpret_cast<Type*>(memory[bits >> 40] + (bits & ((uint64_t{1} << 40) - 1)));
}

}  // namespace

int main(int, char** argv) {
    const std::string kernel = argv[1];
    const int grid_x = std::atoi(argv[2]);
    const int grid_y = std::atoi(argv[3]);
    QuantizedArgs args;
    const std::vector<char> bytes = contents(argv[4]);
    if (bytes.size() != sizeof args) {
        packtrain::emulation::fail("arguments of another size");
    }
    std::memcpy(&args, bytes.data(), sizeof args);
    std::vector<char> files[4] = {contents(argv[5]), contents(argv[6]), contents(argv[7]), contents(argv[8])};
    const std::vector<char*> memory = {nullptr, files[0].data(), files[1].data(), files[2].data(), files[3].data()};
    args.codes = at(args.codes, memory);
    args.scales = at(args.scales, memory);
    args.seconds = at(args.seconds, memory);
    args.values = at(args.values, memory);
    args.x = at(args.x, memory);
    args.y = at(args.y, memory);
    std::vector<char> first;
    for (auto schedule : {packtrain::emulation::Schedule::kAscending, packtrain::emulation::Schedule::kRandom}) {
        std::memset(files[3].data(), 0xff, files[3].size());
        const packtrain::emulation::Launch launch = {grid_x, grid_y, packtrain::kQuantizedThreads, 0, schedule, true};
        packtrain::emulation::run(launch, [&] {
            kernel == "quantized_product_bf16" ? quantized_product_bf16(args) : quantized_dequantize_bf16(args);
        });
        if (!first.empty() && first != files[3]) {
            packtrain::emulation::fail("the order of threads shows in the result");
        }
        first = files[3];
    }
    std::FILE* out = std::fopen(argv[8], "wb");
    std::fwrite(files[3].data(), 1, files[3].size(), out);
    return std::fclose(out);
}
