// Every instruction that the kernels use and C++ lacks, for NVIDIA GPUs of compute capability 8.0 and newer. Kernels include
// <warp_instructions.h> and no CUDA header: the include path chooses between this file and the emulation of the tests, which
// has the same functions. Semantics: PTX ISA, sections on ldmatrix, mma.m16n8k16, cp.async.
#pragma once

#include <cstdint>

#define PACKTRAIN_DEVICE __device__ __forceinline__
#define PACKTRAIN_KERNEL(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)
#define PACKTRAIN_PARAMETER const __grid_constant__

namespace packtrain {

// Element types: 16 bits wide in memory, fp32 in the accumulators.
struct Bf16 {};
struct Fp16 {};

PACKTRAIN_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
PACKTRAIN_DEVICE int block_index_x() { return static_cast<int>(blockIdx.x); }
PACKTRAIN_DEVICE int block_index_y() { return static_cast<int>(blockIdx.y); }

// First byte of the block's dynamic shared memory, as an address of the shared window.
PACKTRAIN_DEVICE uint32_t shared_base() {
    extern __shared__ __align__(128) unsigned char shared_memory[];
    return static_cast<uint32_t>(__cvta_generic_to_shared(shared_memory));
}

// x, but what follows from it is computed where it is used and not kept in registers across a loop.
PACKTRAIN_DEVICE int recomputed(int x) {
    asm volatile("" : "+r"(x));
    return x;
}

PACKTRAIN_DEVICE void block_barrier() { __syncthreads(); }
PACKTRAIN_DEVICE void warp_barrier() { __syncwarp(); }
PACKTRAIN_DEVICE float shuffle_xor(float x, int mask) { return __shfl_xor_sync(0xffffffffu, x, mask); }

// 16 bytes from global to shared memory in the background; zeros if not valid (nothing is read then).
PACKTRAIN_DEVICE void copy_async_16(uint32_t shared, const void* global, bool valid) {
    const int source_bytes = valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(__cvta_generic_to_global(global)),
                 "r"(source_bytes)
                 : "memory");
}

// Closes the group of the calling thread's copies since the last group.
PACKTRAIN_DEVICE void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until all groups of the calling thread have arrived; a barrier then shows them to the others.
PACKTRAIN_DEVICE void copy_async_wait_all() { asm volatile("cp.async.wait_group 0;" ::: "memory"); }

// Four 8×8 matrices of 16-bit elements; lane l gives the address of row l % 8 of matrix l / 8.
PACKTRAIN_DEVICE void load_matrices(uint32_t (&r)[4], uint32_t shared) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared)
                 : "memory");
}

// The same, each matrix transposed.
PACKTRAIN_DEVICE void load_matrices_transposed(uint32_t (&r)[4], uint32_t shared) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared)
                 : "memory");
}

// c += a b for a 16×16 (row), b 16×8 (column), c 16×8 in fp32.
PACKTRAIN_DEVICE void multiply_add(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, Bf16) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

PACKTRAIN_DEVICE void multiply_add(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, Fp16) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Two values rounded to nearest even, the first in the low half.
PACKTRAIN_DEVICE uint32_t pack(float low, float high, Bf16) {
    uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

PACKTRAIN_DEVICE uint32_t pack(float low, float high, Fp16) {
    uint32_t packed;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

PACKTRAIN_DEVICE void unpack(uint32_t packed, float& low, float& high, Bf16) {
    low = __uint_as_float(packed << 16);
    high = __uint_as_float(packed & 0xffff0000u);
}

PACKTRAIN_DEVICE void unpack(uint32_t packed, float& low, float& high, Fp16) {
    asm("{.reg .b16 l, h; mov.b32 {l, h}, %2; cvt.f32.f16 %0, l; cvt.f32.f16 %1, h;}"
        : "=f"(low), "=f"(high)
        : "r"(packed));
}

// 2^x: exact for 0, 0 for -inf; relative error 2^-22.
PACKTRAIN_DEVICE float exp2_fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

PACKTRAIN_DEVICE float natural_logarithm(float x) { return logf(x); }
PACKTRAIN_DEVICE float maximum(float x, float y) { return fmaxf(x, y); }
PACKTRAIN_DEVICE float fused_multiply_add(float x, float y, float z) { return fmaf(x, y, z); }
// Rounded each by itself, which a compiler may not make one operation of.
PACKTRAIN_DEVICE float multiply_rounded(float x, float y) { return __fmul_rn(x, y); }
PACKTRAIN_DEVICE float add_rounded(float x, float y) { return __fadd_rn(x, y); }
PACKTRAIN_DEVICE float divide_rounded(float x, float y) { return __fdiv_rn(x, y); }
PACKTRAIN_DEVICE float square_root(float x) { return __fsqrt_rn(x); }
PACKTRAIN_DEVICE uint32_t bits_of(float x) { return __float_as_uint(x); }
PACKTRAIN_DEVICE float float_of(uint32_t bits) { return __uint_as_float(bits); }
PACKTRAIN_DEVICE float infinity() { return __uint_as_float(0x7f800000u); }

PACKTRAIN_DEVICE void store_shared_4(uint32_t shared, uint32_t x) {
    asm volatile("st.shared.b32 [%0], %1;" ::"r"(shared), "r"(x) : "memory");
}

PACKTRAIN_DEVICE float load_shared_float(uint32_t shared) {
    float x;
    asm volatile("ld.shared.f32 %0, [%1];" : "=f"(x) : "r"(shared) : "memory");
    return x;
}

struct Words4 {
    uint32_t w[4];
};

PACKTRAIN_DEVICE Words4 load_shared_16(uint32_t shared) {
    Words4 x;
    asm volatile("ld.shared.v4.b32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(x.w[0]), "=r"(x.w[1]), "=r"(x.w[2]), "=r"(x.w[3])
                 : "r"(shared)
                 : "memory");
    return x;
}

// Of memory that no thread of the kernel writes.
PACKTRAIN_DEVICE Words4 load_global_16(const void* global) {
    const uint4 x = __ldg(static_cast<const uint4*>(global));
    return Words4{{x.x, x.y, x.z, x.w}};
}

// Of memory that the calling thread may have written, or will write.
PACKTRAIN_DEVICE Words4 load_global_changing_16(const void* global) {
    const uint4 x = *static_cast<const uint4*>(global);
    return Words4{{x.x, x.y, x.z, x.w}};
}

PACKTRAIN_DEVICE void store_global_16(void* global, const Words4& x) {
    *static_cast<uint4*>(global) = make_uint4(x.w[0], x.w[1], x.w[2], x.w[3]);
}

}  // namespace packtrain
