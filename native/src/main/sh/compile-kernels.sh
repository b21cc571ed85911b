#!/usr/bin/env bash
# Compiles src/main/cpp into libpacktrain_kernels.so and records its SHA-256 beside it.
# Usage: compile-kernels.sh SOURCE_DIR OUTPUT_DIR WORK_DIR JAVA_HOME     (CXX chooses the compiler, default g++)
set -euo pipefail

say_and_stop() {
    echo "$1" >&2
    exit 1
}

sources=$1
output=$2
work=$3
java_home=$4
library=$output/libpacktrain_kernels.so
cxx=${CXX:-g++}

[[ "$(uname -s)-$(uname -m)" == Linux-x86_64 ]] ||
    say_and_stop "Packtrain's kernels are built for Linux on x86-64, and this is $(uname -s) on $(uname -m); build on such a machine."
command -v "${cxx%% *}" >/dev/null ||
    say_and_stop "A C++17 compiler is needed to build Packtrain's kernels and '$cxx' was not found: install g++ (Debian, Ubuntu: 'apt install g++'; Fedora, RHEL: 'dnf install gcc-c++') or set CXX."
[[ -f $java_home/include/jni.h ]] ||
    say_and_stop "The JDK's C headers are needed and $java_home/include/jni.h was not found: install a full JDK 17 (Debian, Ubuntu: 'apt install openjdk-17-jdk-headless') and point JAVA_HOME at it."

# Up to date: neither a source, nor this script, nor the compiler has changed since.
stamp="$cxx $("$cxx" --version | head -n 1) $java_home"
if [[ -f $library.sha256 && -f $work/stamp && "$(cat "$work/stamp")" == "$stamp" ]] &&
    [[ -z "$(find "$sources" "$0" -newer "$library.sha256" -print -quit)" ]]; then
    exit 0
fi

mkdir -p "$output" "$work"

# -ffp-contract=off: no hidden fused multiply-add, so that elementwise variants give the same bits. Kernels that want them
# say so by an intrinsic.
# No exceptions, no RTTI, nothing from libstdc++ at run time: the library then loads beside any other C++ library.
# -Wno-maybe-uninitialized, -Wno-uninitialized: GCC 12 warns about its own AVX-512 header (GCC bug 105593).
# -Wno-psabi: vector types never cross from one file to another here.
# The prefix map keeps paths of this machine out of the library.
flags=(-std=c++17 -O3 -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti -fno-math-errno -ffp-contract=off
    -Wall -Wextra -Wno-maybe-uninitialized -Wno-uninitialized -Wno-psabi "-ffile-prefix-map=$sources=."
    "-I$java_home/include" "-I$java_home/include/linux")

avx512=(-mavx512f -mavx512bw -mavx512dq -mavx512vl)

# As many compilers at a time as there are cores.
cores=$(nproc)
compilers=()
objects=()
for source in "$sources"/*.cpp; do
    name=$(basename "$source" .cpp)
    case $name in
        *_avx2) isa=(-mavx2) ;;
        *_avx2fma) isa=(-mavx2 -mfma) ;;
        *_avx512) isa=("${avx512[@]}") ;;
        *_avx512bf16) isa=("${avx512[@]}" -mavx512bf16) ;;
        *_amx) isa=("${avx512[@]}" -mavx512bf16 -mamx-tile -mamx-bf16) ;;
        *) isa=(-march=x86-64) ;;
    esac
    "$cxx" "${flags[@]}" "${isa[@]}" -c "$source" -o "$work/$name.o" &
    compilers+=($!)
    objects+=("$work/$name.o")
    if ((${#compilers[@]} == cores)); then
        wait "${compilers[0]}"
        compilers=("${compilers[@]:1}")
    fi
done
for compiler in "${compilers[@]}"; do
    wait "$compiler"
done
"$cxx" -shared -s -static-libgcc -Wl,--as-needed -Wl,--build-id=none -Wl,-z,defs -Wl,-z,relro -Wl,-z,now \
    -o "$work/library.so" "${objects[@]}" -ldl

mv "$work/library.so" "$library"
sha256sum <"$library" | cut -d ' ' -f 1 >"$library.sha256"
echo "$stamp" >"$work/stamp"
