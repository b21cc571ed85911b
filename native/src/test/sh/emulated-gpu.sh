#!/usr/bin/env bash
# Makes a CUDA driver whose one GPU is emulated and whose memory is the host's: libcuda.so.1, and an empty libcudart.so.13, which the
# presets link against too. A JVM that finds them on LD_LIBRARY_PATH runs Packtrain's GPU kernels.
# Usage: native/src/test/sh/emulated-gpu.sh OUTPUT_DIR     (CXX chooses the compiler, default g++)
set -euo pipefail

native=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
tests=$native/src/test/cuda
output=$1
mkdir -p "$output"

# Fibers jump between stacks, which a fortified longjmp takes for an error.
${CXX:-g++} -std=c++17 -O2 -U_FORTIFY_SOURCE -Wall -Wextra -Werror -Wno-unknown-pragmas -shared -fPIC \
    "-I$tests/emulation" "-I$tests" "-I$native/src/main/cuda" -Wl,-soname,libcuda.so.1 -o "$output/libcuda.so.1" \
    "$tests/driver/driver.cpp" "$tests"/emulation/{backend,passes,instructions,machine}.cpp
${CXX:-g++} -shared -fPIC -Wl,-soname,libcudart.so.13 -o "$output/libcudart.so.13" -x c++ /dev/null
