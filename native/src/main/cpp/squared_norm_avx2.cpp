// Sum of squares, 16 lanes in 4 registers.
#include <immintrin.h>

#include "squared_norm.h"

namespace packtrain {

double squared_norm_avx2(const char* values, size_t num_elements) {
    __m256d sums[4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
    size_t i = 0;
    for (; i + kNormLanes <= num_elements; i += kNormLanes) {
        for (size_t part = 0; part < 4; ++part) {
            const char* at = values + (i + part * 4) * sizeof(float);
            const __m256d x = _mm256_cvtps_pd(_mm_loadu_ps(reinterpret_cast<const float*>(at)));
            sums[part] = _mm256_add_pd(sums[part], _mm256_mul_pd(x, x));
        }
    }
    double lanes[kNormLanes];
    for (size_t part = 0; part < 4; ++part) {
        _mm256_storeu_pd(lanes + part * 4, sums[part]);
    }
    add_squares_of_tail(lanes, values, i, num_elements);
    return tree_sum(lanes);
}

}  // namespace packtrain
