// AdamW, 16 elements at a time; the tail is one masked round.
#include <immintrin.h>

#include "adamw.h"

namespace packtrain {
namespace {

constexpr size_t kLanes = 16;

// Not VCVTNEPS2BF16: that instruction turns denormals into zero, and so would differ from the other variants.
inline __m256i bf16_of_16(__m512 value) {
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i bias = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
    const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, bias), 16);
    const __mmask16 is_nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32(rounded, is_nan, _mm512_set1_epi32(0x7fc0)));
}

struct Update {
    const AdamWBuffers b;
    const __m512 grad_scale;
    const __m512 decay_factor;
    const __m512 one_minus_beta1;
    const __m512 beta2;
    const __m512 one_minus_beta2;
    const __m512 root_bias_correction2;
    const __m512 epsilon;
    const __m512 negative_step_size;

    // Elements i to i + 15, of which those in the mask exist.
    inline void at(size_t i, __mmask16 mask) const {
        const size_t at = i * sizeof(float);
        const __m512 grad = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, b.grad + at), grad_scale);
        const __m512 m = _mm512_maskz_loadu_ps(mask, b.exp_avg + at);
        const __m512 v = _mm512_maskz_loadu_ps(mask, b.exp_avg_sq + at);
        const __m512 new_m = _mm512_add_ps(m, _mm512_mul_ps(one_minus_beta1, _mm512_sub_ps(grad, m)));
        const __m512 new_v =
            _mm512_add_ps(_mm512_mul_ps(v, beta2), _mm512_mul_ps(one_minus_beta2, _mm512_mul_ps(grad, grad)));
        const __m512 denominator =
            _mm512_add_ps(_mm512_div_ps(_mm512_sqrt_ps(new_v), root_bias_correction2), epsilon);
        const __m512 decayed = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, b.param + at), decay_factor);
        const __m512 param =
            _mm512_add_ps(decayed, _mm512_mul_ps(negative_step_size, _mm512_div_ps(new_m, denominator)));
        _mm512_mask_storeu_ps(b.exp_avg + at, mask, new_m);
        _mm512_mask_storeu_ps(b.exp_avg_sq + at, mask, new_v);
        _mm512_mask_storeu_ps(b.param + at, mask, param);
        if (b.bf16_out != nullptr) {
            _mm256_mask_storeu_epi16(b.bf16_out + i * sizeof(uint16_t), mask, bf16_of_16(param));
        }
    }
};

}  // namespace

void adamw_avx512(const AdamWBuffers& b, size_t num_elements, const AdamWConstants& c) {
    const Update update{
        b,
        _mm512_set1_ps(c.grad_scale),
        _mm512_set1_ps(c.decay_factor),
        _mm512_set1_ps(c.one_minus_beta1),
        _mm512_set1_ps(c.beta2),
        _mm512_set1_ps(c.one_minus_beta2),
        _mm512_set1_ps(c.root_bias_correction2),
        _mm512_set1_ps(c.epsilon),
        _mm512_set1_ps(c.negative_step_size),
    };
    size_t i = 0;
    for (; i + kLanes <= num_elements; i += kLanes) {
        update.at(i, 0xffff);
    }
    if (i < num_elements) {
        update.at(i, static_cast<__mmask16>((1u << (num_elements - i)) - 1u));
    }
}

}  // namespace packtrain
