// The instructions of src/main/cuda/ptx/warp_instructions.h on the emulated GPU.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "machine.h"

#define PACKTRAIN_DEVICE inline
#define PACKTRAIN_KERNEL(threads, blocks) extern "C" void
#define PACKTRAIN_PARAMETER const

namespace packtrain {

struct Bf16 {};
struct Fp16 {};

inline int thread_index() { return emulation::thread_index(); }
inline int block_index_x() { return emulation::block_index_x(); }
inline int block_index_y() { return emulation::block_index_y(); }
// Not 0, so that an address without its base is noticed.
inline uint32_t shared_base() { return 1024; }
inline int recomputed(int x) { return x; }
inline void block_barrier() { emulation::block_barrier(); }
inline void warp_barrier() { emulation::execute_in_warp(emulation::Instruction::kBarrier); }

inline float shuffle_xor(float x, int mask) {
    emulation::lane().x = x;
    emulation::lane().mask = mask;
    emulation::execute_in_warp(emulation::Instruction::kShuffle);
    return emulation::lane().x;
}

inline void copy_async_16(uint32_t shared, const void* global, bool valid) {
    emulation::copy_async_16(shared, global, valid);
}
inline void copy_async_commit() { emulation::copy_async_commit(); }
inline void copy_async_wait_all() { emulation::copy_async_wait_all(); }

inline void load_matrices(uint32_t (&r)[4], uint32_t shared) {
    emulation::lane().address = shared;
    emulation::execute_in_warp(emulation::Instruction::kLoadMatrices);
    std::memcpy(r, emulation::lane().a, sizeof r);
}

inline void load_matrices_transposed(uint32_t (&r)[4], uint32_t shared) {
    emulation::lane().address = shared;
    emulation::execute_in_warp(emulation::Instruction::kLoadMatricesTransposed);
    std::memcpy(r, emulation::lane().a, sizeof r);
}

inline void multiply_add_in_warp(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1,
                                 emulation::Instruction instruction) {
    emulation::Lane& lane = emulation::lane();
    std::memcpy(lane.a, a, sizeof a);
    std::memcpy(lane.c, c, sizeof c);
    lane.b[0] = b0;
    lane.b[1] = b1;
    emulation::execute_in_warp(instruction);
    std::memcpy(c, emulation::lane().c, sizeof c);
}

inline void multiply_add(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, Bf16) {
    multiply_add_in_warp(c, a, b0, b1, emulation::Instruction::kMultiplyBf16);
}
inline void multiply_add(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, Fp16) {
    multiply_add_in_warp(c, a, b0, b1, emulation::Instruction::kMultiplyFp16);
}

inline uint32_t pack_bits(float low, float high, bool bf16) {
    return emulation::to_bits(low, bf16) | static_cast<uint32_t>(emulation::to_bits(high, bf16)) << 16;
}
inline uint32_t pack(float low, float high, Bf16) { return pack_bits(low, high, true); }
inline uint32_t pack(float low, float high, Fp16) { return pack_bits(low, high, false); }

inline void unpack_bits(uint32_t packed, float& low, float& high, bool bf16) {
    low = emulation::to_float(static_cast<uint16_t>(packed), bf16);
    high = emulation::to_float(static_cast<uint16_t>(packed >> 16), bf16);
}
inline void unpack(uint32_t packed, float& low, float& high, Bf16) { unpack_bits(packed, low, high, true); }
inline void unpack(uint32_t packed, float& low, float& high, Fp16) { unpack_bits(packed, low, high, false); }

inline float exp2_fast(float x) { return std::exp2(x); }
inline float natural_logarithm(float x) { return std::log(x); }
inline float maximum(float x, float y) { return std::fmax(x, y); }
inline float fused_multiply_add(float x, float y, float z) { return std::fma(x, y, z); }
inline float multiply_rounded(float x, float y) { return x * y; }
inline float add_rounded(float x, float y) { return x + y; }
inline float divide_rounded(float x, float y) { return x / y; }
inline float square_root(float x) { return std::sqrt(x); }
inline uint32_t bits_of(float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    return bits;
}
inline float float_of(uint32_t bits) {
    float x;
    std::memcpy(&x, &bits, 4);
    return x;
}
inline float infinity() { return std::numeric_limits<float>::infinity(); }

inline void store_shared_4(uint32_t shared, uint32_t x) { std::memcpy(emulation::shared_memory(shared, 4), &x, 4); }

inline float load_shared_float(uint32_t shared) {
    float x;
    std::memcpy(&x, emulation::shared_memory(shared, 4), 4);
    return x;
}

struct Words4 {
    uint32_t w[4];
};

inline Words4 load_shared_16(uint32_t shared) {
    Words4 x;
    std::memcpy(&x, emulation::shared_memory(shared, 16), 16);
    return x;
}

inline Words4 load_global_16(const void* global) {
    emulation::require_aligned(global, 16);
    Words4 x;
    std::memcpy(&x, global, 16);
    return x;
}

inline Words4 load_global_changing_16(const void* global) { return load_global_16(global); }

inline void store_global_16(void* global, const Words4& x) {
    emulation::require_aligned(global, 16);
    std::memcpy(global, &x, 16);
}

}  // namespace packtrain
