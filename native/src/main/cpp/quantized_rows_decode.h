// From codes to numbers, for the instruction set of the including file.
#pragma once

#if defined(__AVX2__) && !defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "lanes.h"
#include "quantized_rows.h"

namespace packtrain {
namespace {

// 16 numbers side by side.
struct Sixteen {
    Floats part[kParts];

    inline void store(float* at) const { __builtin_memcpy(at, part, sizeof part); }
};

inline float float_at(const char* at, int64_t index) {
    float value;
    __builtin_memcpy(&value, at + index * 4, sizeof value);
    return value;
}

// What a number becomes when it is stored as an element.
template <typename Type>
inline Floats rounded(Floats values) {
    if constexpr (Type::kBytes == 4) {
        return values;
    } else {
        char element[kWidth * Type::kBytes];
        Type::store(element, values);
        return Type::load(element);
    }
}

template <typename Type>
inline float rounded_one(float value) {
    return rounded<Type>(all(value))[0];
}

// The 16 numbers of a block.
struct CodeTable {
    float values[kCodes];

    template <typename Type>
    inline void fill(const float* codes, float scale) {
        for (int64_t i = 0; i < kCodes; i += kWidth) {
            Floats code;
            __builtin_memcpy(&code, codes + i, sizeof code);
            const Floats number = rounded<Type>(code * all(scale));
            __builtin_memcpy(values + i, &number, sizeof number);
        }
    }

    inline float one(const uint8_t* row, int64_t column) const {
        const uint8_t pair = row[column / 2];
        return values[column % 2 == 0 ? pair >> 4 : pair & 15];
    }
};

// The numbers of 16 codes in 8 bytes.
#if defined(__AVX2__)
inline __m128i unpacked(const uint8_t* bytes) {
    const __m128i pairs = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes));
    const __m128i mask = _mm_set1_epi8(15);
    return _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(pairs, 4), mask), _mm_and_si128(pairs, mask));
}
#endif

inline Sixteen look_up(const CodeTable& table, const uint8_t* bytes) {
    Sixteen numbers;
#if defined(__AVX512F__)
    const __m512 values = _mm512_loadu_ps(table.values);
    numbers.part[0] = bits_as<Floats>(_mm512_permutexvar_ps(_mm512_cvtepu8_epi32(unpacked(bytes)), values));
#elif defined(__AVX2__)
    const __m128i codes = unpacked(bytes);
    const __m256 low = _mm256_loadu_ps(table.values);
    const __m256 high = _mm256_loadu_ps(table.values + 8);
    for (int half = 0; half < 2; ++half) {
        const __m256i index = _mm256_cvtepu8_epi32(half == 0 ? codes : _mm_srli_si128(codes, 8));
        const __m256 upper = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
        numbers.part[half] = bits_as<Floats>(_mm256_blendv_ps(
            _mm256_permutevar8x32_ps(low, index), _mm256_permutevar8x32_ps(high, index), upper));
    }
#else
    float values[16];
    for (int i = 0; i < 8; ++i) {
        values[2 * i] = table.values[bytes[i] >> 4];
        values[2 * i + 1] = table.values[bytes[i] & 15];
    }
    __builtin_memcpy(&numbers, values, sizeof values);
#endif
    return numbers;
}

// 16 codes of 8 bits, times the scale.
template <typename Type>
inline Sixteen scaled(const uint8_t* bytes, float scale) {
    typedef int8_t Bytes __attribute__((vector_size(PACKTRAIN_WIDTH)));
    Sixteen numbers;
    for (int64_t i = 0; i < kParts; ++i) {
        Bytes codes;
        __builtin_memcpy(&codes, bytes + i * kWidth, sizeof codes);
        numbers.part[i] = rounded<Type>(__builtin_convertvector(codes, Floats) * all(scale));
    }
    return numbers;
}

// Scales of a row, one after the other.
class Scales {
public:
    Scales(const QuantizedMatrix& m, int64_t row, int64_t first) : m_(m), at_(row * m.blocks() + first) {
        if (m.seconds != nullptr) {
            const int64_t number = m.second_first + row * m.second_row + first;
            second_ = number / m.second_block;
            left_ = m.second_block - number % m.second_block;
            offset_ = float_at(m.seconds, m.num_seconds);
        }
    }

    inline float next() {
        if (m_.seconds == nullptr) {
            return float_at(m_.scales, at_++);
        }
        const float code = m_.scale_values[static_cast<uint8_t>(m_.scales[at_++])];
        const float scale = code * float_at(m_.seconds, second_) + offset_;
        if (--left_ == 0) {
            left_ = m_.second_block;
            ++second_;
        }
        return scale;
    }

private:
    const QuantizedMatrix& m_;
    int64_t at_;
    int64_t second_ = 0;
    int64_t left_ = 0;
    float offset_ = 0;
};

// Numbers of columns from..to-1 of a row to to[0..]; `from` is even, so that whole bytes are read where that is fast.
template <typename Type>
inline void decode(const QuantizedMatrix& m, int64_t row, int64_t from, int64_t to, float* out) {
    const uint8_t* codes = m.codes + row * m.row_bytes();
    int64_t block = (m.skipped + from) / m.block;
    Scales scales(m, row, block);
    for (int64_t c = from; c < to; ++block) {
        const int64_t block_end = (block + 1) * m.block - m.skipped;
        const int64_t end = block_end < to ? block_end : to;
        const float scale = scales.next();
        if (m.bits == 4) {
            CodeTable table;
            table.fill<Type>(m.values, scale);
            for (; c < end && c % 2 != 0; ++c) {
                out[c - from] = table.one(codes, c);
            }
            for (; c + 16 <= end; c += 16) {
                look_up(table, codes + c / 2).store(out + (c - from));
            }
            for (; c < end; ++c) {
                out[c - from] = table.one(codes, c);
            }
        } else {
            for (; c + 16 <= end; c += 16) {
                scaled<Type>(codes + c, scale).store(out + (c - from));
            }
            for (; c < end; ++c) {
                out[c - from] = rounded_one<Type>(static_cast<float>(static_cast<int8_t>(codes[c])) * scale);
            }
        }
    }
}

}  // namespace
}  // namespace packtrain
