/* Softmax and its logarithm on bytes, as TensorFlow Lite Micro computes them, to the last bit (Blob.md, "Exact steps"). */
#include <stddef.h>

#include "kgl_kernel.h"

#include "kgl_exact.h"

#if KGL_INTEGER && KGL_EXACT
#if KGL_OP_SOFTMAX || KGL_OP_LOG_SOFTMAX
/* floor((u v + 2^30) / 2^31), but for u = v = -2^31. */
static int32_t doubled(int32_t u, int32_t v) {
#if KGL_NARROW
  const int is_negative = (u < 0) != (v < 0);
  const uint32_t m = v < 0 ? 0u - (uint32_t)v : (uint32_t)v, n = u < 0 ? 0u - (uint32_t)u : (uint32_t)u;
  const uint32_t a = n >> 16, b = n & 0xFFFFu, c = m >> 16, d = m & 0xFFFFu;
  const uint32_t middle = a * d + (b * d >> 16), inner = (middle & 0xFFFFu) + b * c;
  const uint32_t high = a * c + (middle >> 16) + (inner >> 16), low = inner << 16 | (b * d & 0xFFFFu);
  uint32_t product = high << 1 | low >> 31; /* of magnitudes, by 2^31, and what falls off: */
  const uint32_t rest = low & 0x7FFFFFFFu;
  product += is_negative ? rest > 0x40000000u : rest >= 0x40000000u;
  return is_negative ? -(int32_t)product : (int32_t)product;
#else
  return (int32_t)(((int64_t)u * v + (1 << 30)) >> 31);
#endif
}

/* u / 2^n, halves away from zero; 0 < n. */
static int32_t shifted_away(int32_t u, uint32_t n) {
  if (n > 31) return 0;
  return kgl_shifted(u, n) + ((kgl_shifted(u, n - 1) & 1) != 0 &&
                              (u >= 0 || ((uint32_t)u & ((1u << (n - 1)) - 1)) != 0));
}

/* 4 u, kept within 32 bits. */
static int32_t four_times(int32_t u) {
  if (u > 0x1FFFFFFF) return 0x7FFFFFFF;
  if (u < -0x20000000) return -0x7FFFFFFF - 1;
  return u * 4;
}

/* exp(a / 2^26) for a <= 0, as a fraction of 2^31. */
static int32_t exponential(int32_t a) {
  static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int32_t quarter = 1 << 24, eighth = 1895147668, third = 715827883;
  int32_t below, x, x2, x3, x4, t, result, j;
  if (a == 0) return 0x7FFFFFFF;
  below = (int32_t)((uint32_t)a & 0xFFFFFFu) - quarter;
  x = below * 32 + (1 << 28);
  x2 = doubled(x, x);
  x3 = doubled(x2, x);
  x4 = doubled(x2, x2);
  t = shifted_away(doubled(shifted_away(x4, 2) + x3, third) + x2, 1);
  result = eighth + doubled(eighth, x + t);
  for (j = 0; j < 7; j++) {
    if (((uint32_t)(below - a) >> (24 + j) & 1u) != 0) result = doubled(result, factors[j]);
  }
  return result;
}

/* 2^31 / (1 + a / 2^31) for 0 <= a. */
static int32_t reciprocal_of_one_plus(int32_t a) {
  const int32_t half = (int32_t)(((uint32_t)a + 0x80000000u) >> 1);
  int32_t v = 1515870810 + doubled(half, -1010580540);
  int i;
  for (i = 0; i < 3; i++) v += four_times(doubled(v, (1 << 29) - doubled(half, v)));
  return v > 0x3FFFFFFF ? 0x7FFFFFFF : v * 2;
}

/* An element's distance to the largest, which is not above 0, in 2^-26; 1 where it is too far to count. */
static int32_t scaled_distance(const kgl_rescale *rescale, int32_t distance) {
  const uint32_t e = (uint32_t)rescale->left - 1;
  if (distance > (0x7C000000 >> e)) return 1; /* 31 x 2^26 */
  return doubled(-(int32_t)((uint32_t)distance << e), (int32_t)rescale->multiplier);
}

/* The exponential of an element so far below the largest; 0 where it is too far. */
static int32_t exponential_of(const kgl_rescale *rescale, int32_t distance) {
  const int32_t d = scaled_distance(rescale, distance);
  return d > 0 ? 0 : exponential(d);
}

static uint32_t leading_zeros(uint32_t number) {
  uint32_t zeros = 0;
  while (zeros < 31 && number >> (31 - zeros) == 0) zeros++;
  return zeros;
}
#endif

#if KGL_OP_SOFTMAX
/* x, y: [outer, count, inner], over the middle axis */
kgl_status kgl_exact_softmax(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_rescale *rescale = &step->form.exact.scales[0];
  const uint32_t stride = block->inner, length = block->middle * block->inner;
  uint32_t o, inner, i;
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const uint8_t *x = kgl_bytes_at(place, step->x) + o * length + inner;
      uint8_t *y = kgl_bytes_at(place, step->y) + o * length + inner;
      uint32_t sum = 0, zeros;
      int32_t largest = -128, share;
      for (i = 0; i < length; i += stride) {
        if (kgl_signed8(x[i]) > largest) largest = kgl_signed8(x[i]);
      }
      for (i = 0; i < length; i += stride) {
        sum += (uint32_t)shifted_away(exponential_of(rescale, largest - kgl_signed8(x[i])), 12);
      }
      zeros = leading_zeros(sum);
      share = reciprocal_of_one_plus((int32_t)((sum << zeros) & 0x7FFFFFFFu));
      for (i = 0; i < length; i += stride) {
        int32_t e = exponential_of(rescale, largest - kgl_signed8(x[i]));
        int32_t q = e == 0 ? -128 : shifted_away(doubled(share, e), 35 - zeros) - 128;
        y[i] = (uint8_t)(q > 127 ? 127 : q);
      }
    }
  }
  return KGL_OK;
}
#endif

#if KGL_OP_LOG_SOFTMAX
/* log(a / 2^19) in 2^-26, for a of 2^19 or more: a is r 2^n, of a whole n and of one between whole ones that of
 * the less r, both off by a quarter; the logarithm of r is a quotient of polynomials about 2^(-1/4). */
static int32_t logarithm(int32_t a) {
  const int32_t root = 1518500250, fourth_root = 1805811301, log_of_two = 1488522236;
  const int32_t between = doubled((int32_t)((uint32_t)a << (leading_zeros((uint32_t)a) - 1)), root);
  const int32_t zeros = (int32_t)leading_zeros((uint32_t)a);
  const int32_t room = (int32_t)leading_zeros((uint32_t)doubled(a, root)) - 1;
  const uint32_t whole = (uint32_t)a << room;
  const int32_t n = (12 - zeros) * (1 << 25) + (1 << 23), m = (12 - room) * (1 << 25) - (1 << 23);
  int32_t r = between > 0x3FFFFFFF ? 0x7FFFFFFF : 2 * between, half, q, square, numerator, below, sum;
  if (whole < (uint32_t)r) r = (int32_t)whole;
  half = (int32_t)(((uint32_t)r + (uint32_t)fourth_root + 1) >> 1);
  q = 2 * (r - fourth_root);
  square = doubled(q, q);
  numerator = doubled(q, r) + doubled(doubled(q, square), 117049297);
  below = doubled(half, 1057819769 + q + doubled(127690142, square)) + doubled(638450708, q);
  sum = doubled(n > m ? n : m, log_of_two) + doubled(shifted_away(numerator, 6), reciprocal_of_one_plus(below));
  return sum > 0x3FFFFFFF ? 0x7FFFFFFF : 2 * sum;
}

/* x, y: [outer, count, inner], over the middle axis. Both integer forms: in sixteenths below 127, and in eighths. */
kgl_status kgl_exact_log_softmax(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const kgl_rescale *rescale = &step->form.exact.scales[0];
  const uint32_t stride = block->inner, length = block->middle * block->inner;
  const uint32_t flip = (step->form.exact.types & KGL_X_IS_SIGNED) != 0 ? 128 : 0;
  const uint32_t shift = KGL_IS_EXACT(step) ? 22 : 23;
  const int32_t top = KGL_IS_EXACT(step) ? 127 : 0;
  uint32_t o, inner, i;
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const uint8_t *x = kgl_bytes_at(place, step->x) + o * length + inner;
      uint8_t *y = kgl_bytes_at(place, step->y) + o * length + inner;
      uint32_t sum = 0, largest = 0; /* of x ^ flip, which is in the order of x */
      int32_t below;
      for (i = 0; i < length; i += stride) {
        if ((x[i] ^ flip) > largest) largest = x[i] ^ flip;
      }
      for (i = 0; i < length; i += stride) {
        sum += (uint32_t)shifted_away(exponential_of(rescale, (int32_t)(largest - (x[i] ^ flip))), 12);
      }
      below = logarithm((int32_t)sum);
      for (i = 0; i < length; i += stride) {
        const int32_t d = scaled_distance(rescale, (int32_t)(largest - (x[i] ^ flip)));
        int32_t q = -128;
        if (d <= 0 && d > below - 255 * (1 << shift)) q = top + shifted_away(d - below, shift);
        y[i] = (uint8_t)(q < -128 ? -128 : q);
      }
    }
  }
  return KGL_OK;
}
#endif
#endif
