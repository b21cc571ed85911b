// AdamW, 8 elements at a time.
#include <immintrin.h>

#include "adamw_scalar.h"

namespace packtrain {
namespace {

constexpr size_t kLanes = 8;

inline __m256 load(const char* at) {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(at));
}

inline void store(char* at, __m256 value) {
    _mm256_storeu_ps(reinterpret_cast<float*>(at), value);
}

inline __m128i bf16_of_8(__m256 value) {
    const __m256i bits = _mm256_castps_si256(value);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i bias = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
    const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, bias), 16);
    const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
    const __m256i chosen = _mm256_blendv_epi8(rounded, _mm256_set1_epi32(0x7fc0), is_nan);
    // packus works inside each half of the register; the permutation puts the two useful quarters side by side.
    const __m256i packed = _mm256_packus_epi32(chosen, chosen);
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0b1000));
}

}  // namespace

void adamw_avx2(const AdamWBuffers& b, size_t num_elements, const AdamWConstants& c) {
    const __m256 grad_scale = _mm256_set1_ps(c.grad_scale);
    const __m256 decay_factor = _mm256_set1_ps(c.decay_factor);
    const __m256 one_minus_beta1 = _mm256_set1_ps(c.one_minus_beta1);
    const __m256 beta2 = _mm256_set1_ps(c.beta2);
    const __m256 one_minus_beta2 = _mm256_set1_ps(c.one_minus_beta2);
    const __m256 root_bias_correction2 = _mm256_set1_ps(c.root_bias_correction2);
    const __m256 epsilon = _mm256_set1_ps(c.epsilon);
    const __m256 negative_step_size = _mm256_set1_ps(c.negative_step_size);
    size_t i = 0;
    for (; i + kLanes <= num_elements; i += kLanes) {
        const size_t at = i * sizeof(float);
        const __m256 grad = _mm256_mul_ps(load(b.grad + at), grad_scale);
        const __m256 m = load(b.exp_avg + at);
        const __m256 new_m = _mm256_add_ps(m, _mm256_mul_ps(one_minus_beta1, _mm256_sub_ps(grad, m)));
        const __m256 new_v = _mm256_add_ps(
            _mm256_mul_ps(load(b.exp_avg_sq + at), beta2),
            _mm256_mul_ps(one_minus_beta2, _mm256_mul_ps(grad, grad)));
        const __m256 denominator =
            _mm256_add_ps(_mm256_div_ps(_mm256_sqrt_ps(new_v), root_bias_correction2), epsilon);
        const __m256 decayed = _mm256_mul_ps(load(b.param + at), decay_factor);
        const __m256 param =
            _mm256_add_ps(decayed, _mm256_mul_ps(negative_step_size, _mm256_div_ps(new_m, denominator)));
        store(b.exp_avg + at, new_m);
        store(b.exp_avg_sq + at, new_v);
        store(b.param + at, param);
        if (b.bf16_out != nullptr) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(b.bf16_out + i * sizeof(uint16_t)), bf16_of_8(param));
        }
    }
    for (; i < num_elements; ++i) {
        adamw_element(b, i, c);
    }
}

}  // namespace packtrain
