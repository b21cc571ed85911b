// Eight numbers side by side: what a thread of the row-wise and flat passes works on, fp32 in registers whatever they are in
// memory. Sixteen bytes go at a time where the address allows it, else element by element. Loads are ordinary ones, because most
// passes write where they have read.
#pragma once

#include <warp_instructions.h>

namespace packtrain {

struct Fp32 {};

template <typename E>
struct Stored {
    using Type = uint16_t;
};
template <>
struct Stored<Fp32> {
    using Type = float;
};

struct Eight {
    float x[8];
};

PACKTRAIN_DEVICE float number(float x, Fp32) { return x; }
PACKTRAIN_DEVICE float number(uint16_t x, Bf16) {
    float low, high;
    unpack(x, low, high, Bf16());
    return low;
}
PACKTRAIN_DEVICE float bits(float x, Fp32) { return x; }
PACKTRAIN_DEVICE uint16_t bits(float x, Bf16) { return static_cast<uint16_t>(pack(x, 0.0f, Bf16())); }

PACKTRAIN_DEVICE bool in_sixteens(const void* address, int64_t count) {
    return count >= 8 && reinterpret_cast<uintptr_t>(address) % 16 == 0;
}

PACKTRAIN_DEVICE void unpack_eight(const Words4& words, Eight& y) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        unpack(words.w[i], y.x[2 * i], y.x[2 * i + 1], Bf16());
    }
}

PACKTRAIN_DEVICE Eight load_whole(const uint16_t* from) {
    Eight y;
    unpack_eight(load_global_changing_16(from), y);
    return y;
}

PACKTRAIN_DEVICE Eight load_whole(const float* from) {
    Eight y;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const Words4 words = load_global_changing_16(from + 4 * half);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            y.x[4 * half + i] = float_of(words.w[i]);
        }
    }
    return y;
}

// Elements of which there are `count`; those that are missing from eight are `missing`.
template <typename E>
PACKTRAIN_DEVICE Eight load_eight(const typename Stored<E>::Type* from, int64_t count, float missing = 0.0f) {
    if (in_sixteens(from, count)) {
        return load_whole(from);
    }
    Eight y;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        y.x[i] = i < count ? number(from[i], E()) : missing;
    }
    return y;
}

PACKTRAIN_DEVICE void store_whole(uint16_t* to, const Eight& y) {
    Words4 words;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        words.w[i] = pack(y.x[2 * i], y.x[2 * i + 1], Bf16());
    }
    store_global_16(to, words);
}

PACKTRAIN_DEVICE void store_whole(float* to, const Eight& y) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        Words4 words;
#pragma unroll
        for (int i = 0; i < 4; ++i) {
            words.w[i] = bits_of(y.x[4 * half + i]);
        }
        store_global_16(to + 4 * half, words);
    }
}

template <typename E>
PACKTRAIN_DEVICE void store_eight(typename Stored<E>::Type* to, int64_t count, const Eight& y) {
    if (in_sixteens(to, count)) {
        return store_whole(to, y);
    }
#pragma unroll
    for (int i = 0; i < 8; ++i) {
        if (i < count) {
            to[i] = bits(y.x[i], E());
        }
    }
}

// What it is when it has been stored and loaded again.
template <typename E>
PACKTRAIN_DEVICE float rounded(float x) {
    return number(bits(x, E()), E());
}

// Over the lanes of a warp; every lane gets the same bits.
PACKTRAIN_DEVICE float warp_sum(float x) {
#pragma unroll
    for (int mask = 16; mask > 0; mask /= 2) {
        x = add_rounded(x, shuffle_xor(x, mask));
    }
    return x;
}

// e^x for x <= 0; relative error 2^-22 (1 + |x|).
PACKTRAIN_DEVICE float exp_fast(float x) { return exp2_fast(x * 1.44269504089f); }

}  // namespace packtrain
