#include "block_layers.h"

#include <math.h>
#include <string.h>

#include "kx_clones.h"
#include "kx_inline.h"
#include "kx_lanes.h"

/* Helpers that take and give vectors become part of their callers, so no call passes one. */
#pragma GCC diagnostic ignored "-Wpsabi"

/* MARK: dense layers */

/* Sums that are kept in registers: outputs of a tile times vectors of a block. */
enum { SUMS = 16 };

/* Outputs of the next tile, of those that are left: a power of two. */
KX_INLINE int32_t tile(int32_t left, int32_t lanes) {
  int32_t outputs = SUMS * KX_LANES / lanes;
  while (outputs > left) outputs /= 2;
  return outputs;
}

void kx_pack_matrix(const float *matrix, int32_t outputs, int32_t inputs, int32_t lanes,
                    float *packed) {
  for (int32_t o = 0, t; o < outputs; o += t) {
    t = tile(outputs - o, lanes);
    for (int32_t i = 0; i < inputs; i++)
      for (int32_t k = 0; k < t; k++) *packed++ = matrix[(ptrdiff_t)(o + k) * inputs + i];
  }
}

/* t outputs of v vectors. */
KX_INLINE void product(int t, int v, const float *x, int32_t inputs, const float *w,
                       const float *bias, float *y) {
  kx_lanes sums[SUMS];
  for (int k = 0; k < t; k++)
    for (int i = 0; i < v; i++) sums[k * v + i] = (kx_lanes){0} + (bias ? bias[k] : 0);
  const kx_lanes *in = (const kx_lanes *)x;
  for (int32_t e = 0; e < inputs; e++, in += v, w += t)
    for (int k = 0; k < t; k++)
      for (int i = 0; i < v; i++) sums[k * v + i] += w[k] * in[i];
  for (int k = 0; k < t * v; k++) ((kx_lanes *)y)[k] = sums[k];
}

KX_INLINE void products(int v, int32_t t, const float *x, int32_t inputs, const float *w,
                        const float *bias, float *y) {
  switch (t) {
    case 16: if (v <= 1) product(16, v, x, inputs, w, bias, y); break;
    case 8: if (v <= 2) product(8, v, x, inputs, w, bias, y); break;
    case 4: product(4, v, x, inputs, w, bias, y); break;
    case 2: product(2, v, x, inputs, w, bias, y); break;
    default: product(1, v, x, inputs, w, bias, y); break;
  }
}

KX_CLONES
void kx_block_dense(const float *x, int32_t vectors, int32_t inputs, int32_t outputs, int32_t lanes,
                    const float *packed, const float *bias, float *y) {
  for (int32_t r = 0; r < vectors; r++, x += (ptrdiff_t)inputs * lanes) {
    const float *w = packed;
    for (int32_t o = 0, t; o < outputs; o += t, w += (ptrdiff_t)t * inputs, y += t * lanes) {
      t = tile(outputs - o, lanes);
      const float *b = bias ? bias + o : NULL;
      switch (lanes / KX_LANES) {
        case 1: products(1, t, x, inputs, w, b, y); break;
        case 2: products(2, t, x, inputs, w, b, y); break;
        default: products(4, t, x, inputs, w, b, y); break;
      }
    }
  }
}

KX_CLONES
void kx_block_mean(const float *x, int32_t channels, int32_t area, int32_t lanes, float *y) {
  const float scale = 1 / (float)area;
  const int32_t v = lanes / KX_LANES;
  for (int32_t k = 0; k < channels * v; k++) {
    const kx_lanes *in = (const kx_lanes *)x + (ptrdiff_t)(k / v) * area * v + k % v;
    kx_lanes sums[4] = {{0}}; /* since each addition waits for the last one to the same sum */
    int32_t p = 0;
    for (; p + 4 <= area; p += 4)
      for (int i = 0; i < 4; i++) sums[i] += in[(ptrdiff_t)(p + i) * v];
    for (; p < area; p++) sums[0] += in[(ptrdiff_t)p * v];
    ((kx_lanes *)y)[k] = ((sums[0] + sums[1]) + (sums[2] + sums[3])) * scale;
  }
}

/* MARK: divergences */

/* Eight samples: the widest vector of doubles. */
typedef float eight __attribute__((vector_size(32), may_alias));
typedef int32_t eight_bits __attribute__((vector_size(32), may_alias));
typedef double eight_doubles __attribute__((vector_size(64), may_alias));
typedef int64_t eight_longs __attribute__((vector_size(64), may_alias));

typedef uint32_t eight_unsigned __attribute__((vector_size(32), may_alias));

#define WIDE(X) __builtin_convertvector(X, eight_doubles)

/* a where it is above b, elsewhere b. */
KX_INLINE eight larger(eight a, eight b) { return KX_SELECT(eight, eight_bits, a > b, a, b); }

/* e^x for x <= 0, within 1e-7 of itself: 2^n times the Taylor series of degree 7 around 0, which on
 * half a binary order either way is 5e-9 off. Below -86, and for what is no number, e^-86. */
KX_INLINE eight exponential(eight x) {
  const eight least = (eight){0} - 86.0f;
  x = larger(x, least);
  const eight magic = (eight){0} + 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
  const eight shifted = x * 1.44269504f + magic;
  const eight n = shifted - magic;
  const eight r = x - n * 0.693359375f + n * 2.12194440e-4f; /* log 2 in two parts */
  eight s = r * (1.0f / 5040) + 1.0f / 720;
  s = s * r + 1.0f / 120;
  s = s * r + 1.0f / 24;
  s = s * r + 1.0f / 6;
  s = s * r + 0.5f;
  s = s * r + 1.0f;
  s = s * r + 1.0f;
  /* The magic's bits shift out. */
  return (eight)((eight_unsigned)s + ((eight_unsigned)shifted << 23));
}

/* log x for x >= 1, to 1e-12: exponent and mantissa m in [sqrt 1/2, sqrt 2), and the series of
 * log m = 2 artanh((m - 1) / (m + 1)). What is no number stays so. */
KX_INLINE eight_doubles logarithm(eight_doubles x) {
  const int64_t root = 0x3fe6a09e667f3bcd; /* the bits of sqrt 1/2 */
  const eight_longs bits = (eight_longs)x;
  const eight_longs exponent = (bits - root) >> 52;
  const eight_doubles m = (eight_doubles)(bits - (exponent << 52));
  const eight_doubles z = (m - 1) / (m + 1), q = z * z;
  eight_doubles s = q * (1.0 / 17) + 1.0 / 15;
  s = s * q + 1.0 / 13;
  s = s * q + 1.0 / 11;
  s = s * q + 1.0 / 9;
  s = s * q + 1.0 / 7;
  s = s * q + 1.0 / 5;
  s = s * q + 1.0 / 3;
  s = s * q + 1.0;
  return 2 * z * s + WIDE(exponent) * 0.69314718055994531;
}

/* Eight samples of one row of logits: the divergence of each. */
KX_INLINE eight_doubles row_divergence(const kx_block_loss *loss, const float *student,
                                       int32_t row, ptrdiff_t lanes) {
  const ptrdiff_t begin = (ptrdiff_t)row * loss->columns * lanes;
  const float *s = student + begin, *p = loss->target + begin;
  const float *l = loss->log_target ? loss->log_target + begin : NULL;
  const float *w = loss->weights ? loss->weights + (ptrdiff_t)row * loss->columns : NULL;
  const float inverse = loss->inverse_temperature;
  eight top = *(const eight *)s;
  for (int32_t c = 1; c < loss->columns; c++) top = larger(*(const eight *)(s + c * lanes), top);
  eight_doubles sum = {0};
  for (int32_t c = 0; c < loss->columns; c++)
    sum += WIDE(exponential((*(const eight *)(s + c * lanes) - top) * inverse));
  const eight_doubles norm = logarithm(sum);
  eight_doubles total = {0};
  for (int32_t c = 0; c < loss->columns; c++) {
    const eight x = *(const eight *)(s + c * lanes), mass = *(const eight *)(p + c * lanes);
    eight_doubles term = norm - WIDE(x - top) * (double)inverse;
    if (l) term += WIDE(*(const eight *)(l + c * lanes));
    term *= WIDE(mass);
    if (w) {
      if (l) term += WIDE(exponential((x - top) * inverse)) / sum - WIDE(mass);
      term *= (double)w[c];
    }
    total += term;
  }
  return total;
}

/* Eight samples of one row of numbers: the squared errors of each. */
KX_INLINE eight_doubles row_squares(const kx_block_loss *loss, const float *student, int32_t row,
                                    ptrdiff_t lanes) {
  const ptrdiff_t begin = (ptrdiff_t)row * loss->columns * lanes;
  const float *w = loss->weights ? loss->weights + (ptrdiff_t)row * loss->columns : NULL;
  eight_doubles total = {0};
  for (int32_t c = 0; c < loss->columns; c++) {
    const ptrdiff_t at = begin + c * lanes;
    const eight difference = *(const eight *)(student + at) - *(const eight *)(loss->target + at);
    const eight_doubles wide = WIDE(difference);
    total += w ? wide * wide * (double)w[c] : wide * wide;
  }
  return total;
}

KX_CLONES
double kx_block_divergence(const kx_block_loss *loss, const float *student, int32_t lanes,
                           int32_t first, int32_t last) {
  const eight_longs count = {0, 1, 2, 3, 4, 5, 6, 7};
  eight_doubles total = {0};
  kx_block_loss part = *loss;
  for (int32_t n = first & ~7; n < last; n += 8) {
    const eight_longs sample = count + n;
    const eight_longs chosen = (sample >= first) & (sample < last);
    part.target = loss->target + n;
    part.log_target = loss->log_target ? loss->log_target + n : NULL;
    eight_doubles sum = {0};
    for (int32_t row = 0; row < loss->rows; row++) {
      sum += loss->squares ? row_squares(&part, student + n, row, lanes)
                           : row_divergence(&part, student + n, row, lanes);
    }
    total += (eight_doubles)(chosen & (eight_longs)sum);
  }
  return ((total[0] + total[1]) + (total[2] + total[3])) +
         ((total[4] + total[5]) + (total[6] + total[7]));
}

void kx_log_softmax(const float *values, size_t rows, size_t columns, float temperature,
                    float *p, float *log_p) {
  for (size_t r = 0; r < rows; r++, values += columns, p += columns, log_p += columns) {
    double top = values[0], sum = 0;
    for (size_t c = 1; c < columns; c++) top = values[c] > top ? values[c] : top;
    for (size_t c = 0; c < columns; c++) sum += exp((values[c] - top) / temperature);
    for (size_t c = 0; c < columns; c++) {
      const double log_value = (values[c] - top) / temperature - log(sum);
      log_p[c] = (float)log_value;
      p[c] = (float)exp(log_value);
    }
  }
}
