#!/usr/bin/env bash
# Builds the program that checks and times the CUDA kernels without Java, and runs it if a GPU is there.
# Usage: native/src/test/sh/gpu-kernels.sh [BUILD_DIR]     (default native/target/gpu; NVCC chooses the compiler, default nvcc)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:-$here/../target/gpu}
nvcc=${NVCC:-nvcc}
command -v "$nvcc" >/dev/null || { echo "nvcc of CUDA 12.4 or newer is needed and '$nvcc' was not found: put it on the PATH or set NVCC." >&2; exit 2; }

mkdir -p "$build"
"$nvcc" -std=c++17 -O3 --threads 2 -gencode arch=compute_80,code=sm_80 -gencode 'arch=compute_90,code=[sm_90,compute_90]' \
    "-I$here/main/cuda" "-I$here/main/cuda/ptx" "-I$here/test/cuda" "-I$here/test/cuda/gpu" -o "$build/gpu-kernels" \
    "$here"/test/cuda/gpu/{backend,passes_timing}.cu "$here"/test/cuda/gpu/main.cpp "$here"/test/cuda/*.cpp

if ! nvidia-smi -L >/dev/null 2>&1; then
    echo "$build/gpu-kernels is built; it needs an NVIDIA GPU of compute capability 8.0 or newer, and this machine shows none."
    exit 0
fi
"$build/gpu-kernels"
