#!/usr/bin/env bash
# Compiles src/main/cuda into packtrain_kernels.fatbin (machine code for compute capability 8.0 and 9.0, PTX of 9.0 for newer GPUs)
# and records its SHA-256 beside it. Without nvcc it leaves the GPU kernels out and says so: no file then, and recipes for GPUs fail.
# Usage: compile-gpu-kernels.sh SOURCE_DIR OUTPUT_DIR WORK_DIR     (NVCC chooses the compiler, default nvcc)
set -euo pipefail

sources=$1
output=$2
work=$3
fatbin=$output/packtrain_kernels.fatbin
nvcc=${NVCC:-nvcc}

if ! command -v "$nvcc" >/dev/null; then
    rm -f "$fatbin" "$fatbin.sha256"
    echo "The GPU kernels are left out of this build: '$nvcc' was not found (CUDA 13 has it; NVCC names another one)."
    exit 0
fi

# Up to date: neither a source, nor this script, nor the compiler has changed since.
stamp="$nvcc $("$nvcc" --version | tail -n 1)"
if [[ -f $fatbin.sha256 && -f $work/stamp && "$(cat "$work/stamp")" == "$stamp" ]] &&
    [[ -z "$(find "$sources" "$0" -newer "$fatbin.sha256" -print -quit)" ]]; then
    exit 0
fi

mkdir -p "$output" "$work"
# From inside the source directory, with relative names only: no path of this machine gets into the file. The second compilation
# of the pair below runs beside the first.
(cd "$sources" && "$nvcc" -std=c++17 -O3 --fatbin --threads 2 -I. -Iptx -Werror all-warnings \
    -gencode arch=compute_80,code=sm_80 -gencode 'arch=compute_90,code=[sm_90,compute_90]' \
    -o "$work/kernels.fatbin" kernels.cu) ||
    { echo "nvcc could not compile the GPU kernels; its messages are above. NVCC=none leaves them out of the build." >&2; exit 1; }

mv "$work/kernels.fatbin" "$fatbin"
sha256sum <"$fatbin" | cut -d ' ' -f 1 >"$fatbin.sha256"
echo "$stamp" >"$work/stamp"
