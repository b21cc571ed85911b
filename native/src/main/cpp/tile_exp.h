// 2^x for vectors.
#pragma once

#include "attention.h"

namespace packtrain {
namespace {

// Polynomials for 2^x that are 1 at 0 and otherwise minimax in the relative error. Centred: on [-1/2, 1/2], errors 1.0e-4
// and 9.1e-8; fraction: on [0, 1), errors 8.6e-5 and 8.2e-8. By degree, without the constant term.
constexpr float kCentred3[] = {0.6932829271f, 0.2422109593f, 0.05500893112f};
constexpr float kCentred5[] = {0.6931469776f, 0.2402224209f, 0.05550733743f, 0.00967151264f, 0.00132647272f};
constexpr float kFraction3[] = {0.6951167864f, 0.2276449912f, 0.07706704199f};
constexpr float kFraction5[] = {0.6931513118f, 0.2401644502f, 0.0557999131f, 0.009017030322f, 0.00186713007f};

template <class V>
typename V::Vec polynomial(const float* coefficients, typename V::Vec x) {
    typename V::Vec sum = V::all(coefficients[V::kExpDegree - 1]);
#pragma GCC unroll 8
    for (int i = V::kExpDegree - 2; i >= 0; --i) {
        sum = V::fma(sum, x, V::all(coefficients[i]));
    }
    return V::fma(sum, x, V::all(1.0f));
}

// 2^x for x <= 127, and at most about 1e-38 below -126; NaN stays NaN.
template <class V>
typename V::Vec exp2_of(typename V::Vec x) {
    using Vec = typename V::Vec;
    if constexpr (V::kScales) {
        const Vec power = polynomial<V>(V::kExpDegree == 3 ? kFraction3 : kFraction5, V::fraction(x));
        return V::times_power_of_two(power, x);
    } else {
        // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits.
        const Vec magic = V::all(12582912.0f);
        const Vec bounded = V::max(V::all(-126.0f), x);
        const Vec shifted = V::add(bounded, magic);
        const Vec rest = V::sub(bounded, V::sub(shifted, magic));
        return V::times_power_of_two(polynomial<V>(V::kExpDegree == 3 ? kCentred3 : kCentred5, rest), shifted);
    }
}

}  // namespace
}  // namespace packtrain
