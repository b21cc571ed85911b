// The exponential function on vectors, the same bits in every variant.
#pragma once

#include "lanes.h"

namespace packtrain {
namespace {

// exp(x) for x <= 0: 2^n * exp(r) with |r| <= ln(2)/2 and the Taylor polynomial of degree 7 (its remainder is below
// 6e-9). Below -87, where fp32 numbers get denormal, 0. NaN stays NaN.
inline Floats exp_of(Floats x) {
    const Floats magic = all(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer, in the low bits
    const Floats shifted = x * 1.44269504088896341f + magic;
    const Floats n = shifted - magic;
    // ln(2) in two parts; the first has few bits, so that n times it is exact.
    const Floats r = (x - n * 0.693359375f) - n * -2.12194440054690583e-4f;
    Floats p = all(1.0f / 5040.0f);
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const Floats power = bits_as<Floats>((bits_as<Words>(shifted) << 23) + 0x3f800000u);
    return x < -87.0f ? Floats{} : p * power;
}

}  // namespace
}  // namespace packtrain
