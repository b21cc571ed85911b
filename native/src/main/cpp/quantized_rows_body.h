// Matrix products with a quantised matrix: a tile of it becomes numbers in the first cache, and is multiplied there with
// as many tokens as there are. For tokens by the hundred a tuned product of whole numbers is faster; these are for a few.
#pragma once

#include "quantized_rows_encode.h"

namespace packtrain {
namespace {

// Tokens whose sums are kept at a time: with a tile, they fill half of a first cache.
constexpr int64_t kTokens = 32;
constexpr int64_t kTileColumns = 1024;
constexpr int64_t kTileRows = 32;
// Tokens in registers at a time.
constexpr int64_t kTokenStep = kWidth == 16 ? 4 : 2;

template <typename Type>
void dequantize(const QuantizedMatrix& m, char* y, int64_t begin, int64_t end, int64_t from, int64_t to) {
    alignas(64) float tile[kTileColumns];
    for (int64_t row = begin; row < end; ++row) {
        for (int64_t first = from; first < to; first += kTileColumns) {
            const int64_t last = to - first < kTileColumns ? to : first + kTileColumns;
            decode<Type>(m, row, first, last, tile);
            char* at = y + ((row - begin) * (to - from) + first - from) * static_cast<int64_t>(Type::kBytes);
            for (int64_t i = 0; i < last - first; i += kWidth) {
                Floats v;
                __builtin_memcpy(&v, tile + i, sizeof v);
                if (last - first - i >= kWidth) {
                    Type::store(at + i * Type::kBytes, v);
                } else {
                    store_tail<Type>(at + i * Type::kBytes, last - first - i, v);
                }
            }
        }
    }
}

inline Floats at(const float* values) {
    Floats v;
    __builtin_memcpy(&v, values, sizeof v);
    return v;
}

// sums[t][row][16 lanes] += x[t] * tile[row] for kT tokens; the tile is zero from `count` to the next multiple of 16.
template <typename Type, int64_t kT>
inline __attribute__((always_inline)) void dot(const float* tile, const char* x, int64_t x_row, int64_t count,
                                               float* sums) {
    for (int64_t part = 0; part < kParts; ++part) {
        Floats sum[kT][kProductRows];
        for (int64_t t = 0; t < kT; ++t) {
            for (int64_t r = 0; r < kProductRows; ++r) {
                sum[t][r] = at(sums + (t * kProductRows + r) * kLanes + part * kWidth);
            }
        }
        for (int64_t k = part * kWidth; k < count; k += kLanes) {
            Floats w[kProductRows];
            for (int64_t r = 0; r < kProductRows; ++r) {
                w[r] = at(tile + r * kTileColumns + k);
            }
            const bool whole = k + kWidth <= count;
            for (int64_t t = 0; t < kT; ++t) {
                const char* from = x + t * x_row + k * static_cast<int64_t>(Type::kBytes);
                const Floats v = whole ? Type::load(from) : load_tail<Type>(from, count - k, 0.0f);
                for (int64_t r = 0; r < kProductRows; ++r) {
                    sum[t][r] += v * w[r];
                }
            }
        }
        for (int64_t t = 0; t < kT; ++t) {
            for (int64_t r = 0; r < kProductRows; ++r) {
                __builtin_memcpy(sums + (t * kProductRows + r) * kLanes + part * kWidth, &sum[t][r], sizeof(Floats));
            }
        }
    }
}

inline float sum_of_lanes(const float* lanes) {
    float sums[kLanes];
    __builtin_memcpy(sums, lanes, sizeof sums);
    for (int64_t half = kLanes / 2; half > 0; half /= 2) {
        for (int64_t i = 0; i < half; ++i) {
            sums[i] += sums[i + half];
        }
    }
    return sums[0];
}

template <typename Type>
void product(const QuantizedMatrix& m, const ProductArguments& a, int64_t begin, int64_t end) {
    constexpr int64_t kBytes = Type::kBytes;
    alignas(64) float tile[kProductRows * kTileColumns];
    alignas(64) float sums[kTokens * kProductRows * kLanes];
    for (int64_t row = begin; row < end; row += kProductRows) {
        const int64_t rows = end - row < kProductRows ? end - row : kProductRows;
        for (int64_t token = 0; token < a.tokens; token += kTokens) {
            const int64_t tokens = a.tokens - token < kTokens ? a.tokens - token : kTokens;
            __builtin_memset(sums, 0, static_cast<size_t>(tokens * kProductRows * kLanes) * 4);
            for (int64_t from = 0; from < m.cols; from += kTileColumns) {
                const int64_t to = m.cols - from < kTileColumns ? m.cols : from + kTileColumns;
                const int64_t count = to - from;
                const int64_t padded = (count + kLanes - 1) / kLanes * kLanes;
                for (int64_t r = 0; r < kProductRows; ++r) {
                    float* numbers = tile + r * kTileColumns;
                    const int64_t filled = r < rows ? count : 0;
                    if (r < rows) {
                        decode<Type>(m, row + r, from, to, numbers);
                    }
                    __builtin_memset(numbers + filled, 0, static_cast<size_t>(padded - filled) * 4);
                }
                for (int64_t t = 0; t < tokens;) {
                    const char* x = a.x + ((token + t) * m.cols + from) * kBytes;
                    float* to_sums = sums + t * kProductRows * kLanes;
                    if (tokens - t >= kTokenStep) {
                        dot<Type, kTokenStep>(tile, x, m.cols * kBytes, count, to_sums);
                        t += kTokenStep;
                    } else {
                        dot<Type, 1>(tile, x, m.cols * kBytes, count, to_sums);
                        t += 1;
                    }
                }
            }
            for (int64_t t = 0; t < tokens; ++t) {
                for (int64_t r = 0; r < rows; ++r) {
                    const float y = sum_of_lanes(sums + (t * kProductRows + r) * kLanes);
                    store_tail<Type>(a.y + ((token + t) * m.rows + row + r) * kBytes, 1, all(y));
                }
            }
        }
    }
}

// sums[t][columns] += x[t][row] * tile[row][columns] for kT tokens and two vectors of columns.
template <int64_t kT>
inline __attribute__((always_inline)) void add_rows(const float* tile, const float* x, int64_t rows, float* sums) {
    for (int64_t c = 0; c < kTransposedColumns; c += 2 * kWidth) {
        Floats sum[kT][2];
        for (int64_t t = 0; t < kT; ++t) {
            sum[t][0] = at(sums + t * kTransposedColumns + c);
            sum[t][1] = at(sums + t * kTransposedColumns + c + kWidth);
        }
        for (int64_t r = 0; r < rows; ++r) {
            const Floats low = at(tile + r * kTransposedColumns + c);
            const Floats high = at(tile + r * kTransposedColumns + c + kWidth);
            for (int64_t t = 0; t < kT; ++t) {
                const Floats v = all(x[t * kTileRows + r]);
                sum[t][0] += v * low;
                sum[t][1] += v * high;
            }
        }
        for (int64_t t = 0; t < kT; ++t) {
            __builtin_memcpy(sums + t * kTransposedColumns + c, &sum[t][0], sizeof(Floats));
            __builtin_memcpy(sums + t * kTransposedColumns + c + kWidth, &sum[t][1], sizeof(Floats));
        }
    }
}

template <typename Type>
inline void add_tile(const float* tile, const float* x, int64_t rows, int64_t tokens, float* sums) {
    for (int64_t t = 0; t < tokens;) {
        if (tokens - t >= kTokenStep) {
            add_rows<kTokenStep>(tile, x + t * kTileRows, rows, sums + t * kTransposedColumns);
            t += kTokenStep;
        } else {
            add_rows<1>(tile, x + t * kTileRows, rows, sums + t * kTransposedColumns);
            t += 1;
        }
    }
}

template <typename Type>
void transposed(const QuantizedMatrix& m, const ProductArguments& a, int64_t begin, int64_t end) {
    constexpr int64_t kBytes = Type::kBytes;
    alignas(64) float tile[kTileRows * kTransposedColumns];
    alignas(64) float x[kTokens * kTileRows];
    alignas(64) float sums[kTokens * kTransposedColumns];
    for (int64_t from = begin; from < end; from += kTransposedColumns) {
        const int64_t count = end - from < kTransposedColumns ? end - from : kTransposedColumns;
        __builtin_memset(tile, 0, sizeof tile);
        for (int64_t token = 0; token < a.tokens; token += kTokens) {
            const int64_t tokens = a.tokens - token < kTokens ? a.tokens - token : kTokens;
            __builtin_memset(sums, 0, static_cast<size_t>(tokens * kTransposedColumns) * 4);
            for (int64_t row = 0; row < m.rows; row += kTileRows) {
                const int64_t rows = m.rows - row < kTileRows ? m.rows - row : kTileRows;
                for (int64_t r = 0; r < rows; ++r) {
                    decode<Type>(m, row + r, from, from + count, tile + r * kTransposedColumns);
                }
                for (int64_t t = 0; t < tokens; ++t) {
                    const char* values = a.x + ((token + t) * m.rows + row) * kBytes;
                    for (int64_t r = 0; r < rows; r += kWidth) {
                        const Floats v = load_upto<Type>(values + r * kBytes, rows - r);
                        __builtin_memcpy(x + t * kTileRows + r, &v, sizeof v);
                    }
                }
                add_tile<Type>(tile, x, rows, tokens, sums);
            }
            for (int64_t t = 0; t < tokens; ++t) {
                char* y = a.y + ((token + t) * m.cols + from) * kBytes;
                for (int64_t c = 0; c < count; c += kWidth) {
                    const Floats v = at(sums + t * kTransposedColumns + c);
                    if (count - c >= kWidth) {
                        Type::store(y + c * kBytes, v);
                    } else {
                        store_tail<Type>(y + c * kBytes, count - c, v);
                    }
                }
            }
        }
    }
}

template <typename Type>
constexpr QuantizedRows quantized_table() {
    return {quantize<Type>, dequantize<Type>, product<Type>, transposed<Type>};
}

}  // namespace
}  // namespace packtrain
