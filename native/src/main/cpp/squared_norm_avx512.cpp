// Sum of squares, 16 lanes in 2 registers.
#include <immintrin.h>

#include "squared_norm.h"

namespace packtrain {

double squared_norm_avx512(const char* values, size_t num_elements) {
    __m512d low = _mm512_setzero_pd();
    __m512d high = _mm512_setzero_pd();
    size_t i = 0;
    for (; i + kNormLanes <= num_elements; i += kNormLanes) {
        const float* at = reinterpret_cast<const float*>(values + i * sizeof(float));
        const __m512d x = _mm512_cvtps_pd(_mm256_loadu_ps(at));
        const __m512d y = _mm512_cvtps_pd(_mm256_loadu_ps(at + 8));
        low = _mm512_add_pd(low, _mm512_mul_pd(x, x));
        high = _mm512_add_pd(high, _mm512_mul_pd(y, y));
    }
    double lanes[kNormLanes];
    _mm512_storeu_pd(lanes, low);
    _mm512_storeu_pd(lanes + 8, high);
    add_squares_of_tail(lanes, values, i, num_elements);
    return tree_sum(lanes);
}

}  // namespace packtrain
