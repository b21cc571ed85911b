// 2^x for vectors.
#pragma once

#include "attention.h"

namespace packtrain {
namespace {

// Polynomials for 2^x on [-1/2, 1/2] that are 1 at 0 and otherwise minimax in the relative error: 1.0e-4 and 9.1e-8.
constexpr float kExp2Degree3[] = {1.0f, 0.6932829271f, 0.2422109593f, 0.05500893112f};
constexpr float kExp2Degree5[] = {1.0f, 0.6931469776f, 0.2402224209f, 0.05550733743f, 0.00967151264f, 0.00132647272f};

// 2^x for x <= 127, and about 1e-38 below -126; NaN stays NaN.
template <class V>
typename V::Vec exp2_of(typename V::Vec x) {
    using Vec = typename V::Vec;
    const float* coefficients = V::kExpDegree == 3 ? kExp2Degree3 : kExp2Degree5;
    // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
    const Vec magic = V::all(12582912.0f);
    const Vec bounded = V::max(V::all(-126.0f), x);
    const Vec shifted = V::add(bounded, magic);
    const Vec rest = V::sub(bounded, V::sub(shifted, magic));
    Vec power = V::all(coefficients[V::kExpDegree]);
#pragma GCC unroll 8
    for (int i = V::kExpDegree - 1; i >= 0; --i) {
        power = V::fma(power, rest, V::all(coefficients[i]));
    }
    return V::times_power_of_two(power, shifted);
}

}  // namespace
}  // namespace packtrain
