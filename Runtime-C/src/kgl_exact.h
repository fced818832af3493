/* The exact rule (Blob.md, "Exact steps"): how a sum becomes the int8 that TensorFlow Lite Micro gives.
 * Widths: what is doubled and shifted left is taken modulo 2^32; its high product with a multiplier below
 * 2^31 is within 2^30, and with half of 2^31 added it has 32 bits, whatever a blob says. */
#ifndef KGL_EXACT_H
#define KGL_EXACT_H

#include "kgl_bytes.h"
#include "kgl_dual.h"
#include "kgl_integer.h"
#include "kgl_ops.h"

#if KGL_INTEGER && KGL_EXACT

/* A scaling made ready: of a row, with its bias and the range of y. */
typedef struct kgl_exact_row {
  uint32_t multiplier;
  uint32_t left;   /* max(e, 0) + 1: a sum is doubled too */
  uint32_t right;  /* max(-e, 0) */
  int32_t half;    /* of what falls off to the right; 0 where nothing does */
  int32_t nudge;   /* -1, or 0 where nothing does: halves go away from zero */
  uint32_t bias;
  int32_t zero, low, high;
  int is_plain;    /* all of int8, e of -22...-1, a bias within 2^29: for kgl_exact_plain */
  uint32_t doubled_bias;
  int32_t half_and_zero; /* the zero point shifted left by `right`, and half */
} kgl_exact_row;

/* floor((v m + 2^31) / 2^32); m < 2^31. */
KGL_INLINE int32_t kgl_high_product(int32_t v, uint32_t m) {
#if KGL_DUAL && !defined(KGL_NO_ASM)
  int32_t product;
  __asm__("smmulr %0, %1, %2" : "=r"(product) : "r"(v), "r"(m));
  return product;
#elif KGL_NARROW
  const uint32_t size = v < 0 ? 0u - (uint32_t)v : (uint32_t)v;
  const uint32_t a = size >> 16, b = size & 0xFFFFu, c = m >> 16, d = m & 0xFFFFu;
  const uint32_t middle = a * d + (b * d >> 16); /* below 2^32: a is at most 2^15 */
  const uint32_t inner = (middle & 0xFFFFu) + b * c;
  const uint32_t high = a * c + (middle >> 16) + (inner >> 16);
  const uint32_t low = inner << 16 | (b * d & 0xFFFFu);
  return v < 0 ? -(int32_t)(high + (low > 0x80000000u)) : (int32_t)(high + (low >> 31));
#else
  const int64_t product = (int64_t)v * (int32_t)m;
  return (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
#endif
}

KGL_INLINE void kgl_exact_ready(kgl_exact_row *row, const kgl_rescale *rescale) {
  row->multiplier = rescale->multiplier;
  row->left = rescale->left;
  row->right = rescale->right;
  row->half = row->right > 0 ? 1 << (row->right - 1) : 0;
  row->nudge = row->right > 0 ? -1 : 0;
}

KGL_INLINE void kgl_exact_range(kgl_exact_row *row, const kgl_exact_form *form) {
  row->zero = form->zero;
  row->low = form->low;
  row->high = form->high;
}

/* Whether a row is plain, and what it then has more. */
KGL_INLINE void kgl_exact_plain_ready(kgl_exact_row *row) {
  row->is_plain = row->low == -128 && row->high == 127 && row->right >= 1 && row->right <= 22 &&
                  row->bias + 0x20000000u <= 0x40000000u;
  row->doubled_bias = 2 * row->bias;
  row->half_and_zero = row->is_plain ? row->half + row->zero * (1 << row->right) : 0;
}

/* scale(sum). */
KGL_INLINE int32_t kgl_exact_scaled(const kgl_exact_row *row, uint32_t sum) {
  const int32_t t = kgl_high_product(kgl_as_signed(sum << row->left), row->multiplier);
  return kgl_shifted(t + (kgl_shifted(t, 31) & row->nudge) + row->half, row->right);
}

/* Bounds first: a blob without sense may leave no room for the zero point. */
KGL_INLINE uint8_t kgl_exact_clamped(const kgl_exact_row *row, int32_t y) {
  const int32_t low = row->low - row->zero, high = row->high - row->zero;
  y = y < low ? low : y > high ? high : y;
  return (uint8_t)(y + row->zero);
}

/* y's byte of a row's sum. */
KGL_INLINE uint8_t kgl_exact_byte(const kgl_exact_row *row, uint32_t sum) {
  return kgl_exact_clamped(row, kgl_exact_scaled(row, sum + row->bias));
}

/* The nearest int8. */
KGL_INLINE uint8_t kgl_exact_saturated(int32_t y) {
#if defined(__ARM_FEATURE_SAT) && !defined(KGL_NO_ASM)
  __asm__("ssat %0, #8, %0" : "+r"(y));
  return (uint8_t)y;
#else
  return (uint8_t)(y < -128 ? -128 : y > 127 ? 127 : y);
#endif
}

/* The same of a row that is plain, in half as many instructions. */
KGL_INLINE uint8_t kgl_exact_plain(const kgl_exact_row *row, uint32_t sum) {
  const int32_t t = kgl_high_product(kgl_as_signed(2 * sum + row->doubled_bias), row->multiplier);
  int32_t y = kgl_shifted(t + kgl_shifted(t, 31) + row->half_and_zero, row->right);
  return kgl_exact_saturated(y);
}

/* The sum of a row of bytes times inputs of int8. */
KGL_INLINE uint32_t kgl_bytes_sum(const uint8_t *row, const uint8_t *x, uint32_t columns) {
  const uint8_t *end = x + columns;
  uint32_t sum = 0;
#if KGL_DUAL
  for (; end - x >= 4; x += 4, row += 4) {
    const uint32_t inputs = kgl_load32(x), weights = kgl_load32(row);
    sum = kgl_dual(sum, kgl_even_bytes(weights, 128), kgl_even_bytes(inputs, 128));
    sum = kgl_dual(sum, kgl_odd_bytes(weights, 128), kgl_odd_bytes(inputs, 128));
  }
#endif
  for (; x < end; x++, row++) sum += (uint32_t)(kgl_signed8(*row) * kgl_signed8(*x));
  return sum;
}

/* The rows of an exact layer, one after another (kgl_exact.c). */
typedef struct kgl_exact_rows {
  const kgl_exact_form *form;
  uint32_t row, at, further; /* the coming one, where its bits begin, and those of the coming long multiplier */
  uint32_t own;   /* bits of its multiplier */
  uint32_t first; /* those above them */
  uint32_t swift; /* of a row that begins before this bit, four bytes may be read from each of its numbers on */
  int are_quick;  /* see kgl_exact.c */
} kgl_exact_rows;

/* Of an exact step's layer with so many rows. */
void kgl_exact_rows_begin(kgl_exact_rows *rows, const kgl_exact_form *form, uint32_t count);

/* To be called at most once for each row; sets all but the range and what a plain row has more. */
void kgl_exact_rows_next(kgl_exact_rows *rows, kgl_exact_row *row);

/* In its stead where a row has one sum only: y's bytes of the sums of the coming `count` rows. */
void kgl_exact_rows_bytes(kgl_exact_rows *rows, const uint32_t *sums, uint32_t count, uint8_t *y);

kgl_status kgl_exact_softmax(kgl_place *place, const kgl_step *step);
kgl_status kgl_exact_log_softmax(kgl_place *place, const kgl_step *step);
kgl_status kgl_exact_prelu(kgl_place *place, const kgl_step *step);
kgl_status kgl_exact_mean(kgl_place *place, const kgl_step *step);
kgl_status kgl_exact_border(kgl_place *place, const kgl_step *step);

/* The mean of so many elements that come to `sum`: halves away from zero. */
KGL_INLINE int32_t kgl_exact_average(int32_t sum, int32_t count) {
  return sum > 0 ? (sum + count / 2) / count : -((-sum + count / 2) / count);
}

/* `count` elements of y, of those of a and of b, each `next` from the one before: scales[0] and [1] are theirs, [2]
 * that of their sum; or of a product [0]. kgl_exact_pairs.c. */
void kgl_exact_pairs(const kgl_step *step, const uint8_t *a, const uint8_t *b, const uint32_t next[2], uint8_t *y,
                     uint32_t count);
#endif

#endif
