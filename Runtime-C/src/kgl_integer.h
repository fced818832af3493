/* The integer rule (Blob.md, "Integer steps"): how a sum becomes an element of 8 bits, the same on every
 * machine. Widths: a sum has 32 bits, modulo 2^32; what rescale gives is within 2^30, a bias within
 * 2^29, a term within 2^22, so z + 32 + 8192 has 32 bits. */
#ifndef KGL_INTEGER_H
#define KGL_INTEGER_H

#include <stddef.h>

#include "kgl_plan.h"

/* An element as a number; flip is 128 if it is signed, else 0. */
KGL_INLINE int32_t kgl_element(uint8_t byte, uint32_t flip) {
  return (int32_t)(byte ^ flip) - (int32_t)flip;
}

#if KGL_INTEGER

/* floor(x / 2^n), n < 32: a shift that C99 leaves to the compiler, and all take as arithmetic. */
KGL_INLINE int32_t kgl_shifted(int32_t x, uint32_t n) { return x >> n; }

/* The 32 bits of a sum as a signed number. */
KGL_INLINE int32_t kgl_as_signed(uint32_t bits) {
  return bits < 0x80000000u ? (int32_t)bits : (int32_t)(bits - 0x80000000u) - 0x7FFFFFFF - 1;
}

/* floor(t m 2^e / 2^32). */
KGL_INLINE int32_t kgl_scaled(int32_t t, uint32_t m, uint32_t e) {
#if KGL_NARROW
  /* Without a product of 64 bits: t m / 2^16, then the rest of the shift. */
  int32_t high = kgl_shifted(t, 16) * (int32_t)m; /* within 2^31: m is below 2^16 */
  uint32_t low = ((uint32_t)t & 0xFFFFu) * m;
  return kgl_shifted(high + (int32_t)(low >> 16), 16 - e);
#else
  return (int32_t)((int64_t)t * (int32_t)(m << e) >> 32);
#endif
}

/* floor((s 2^l mod 2^32) m 2^e / 2^32). */
KGL_INLINE int32_t kgl_rescaled(uint32_t s, uint32_t l, uint32_t m, uint32_t e) {
  return kgl_scaled(kgl_as_signed(s << l), m, e);
}

/* The same, and `more`, which no overflow comes of. */
KGL_INLINE int32_t kgl_rescaled_onto(int32_t more, uint32_t s, uint32_t l, uint32_t m, uint32_t e) {
#if KGL_DUAL && !defined(KGL_NO_ASM)
  int32_t sum;
  __asm__("smmla %0, %1, %2, %3" : "=r"(sum) : "r"(s << l), "r"(m << e), "r"(more));
  return sum;
#else
  return kgl_rescaled(s, l, m, e) + more;
#endif
}

/* floor(q c / 256). */
KGL_INLINE int32_t kgl_term(int32_t q, int32_t c) { return kgl_shifted(q * c, 8); }

/* What turns z into y's byte: to a signed y 128 is added before it is clamped, and taken off again
 * by `flip`. */
KGL_INLINE uint8_t kgl_clamped(int32_t z_and_offset, uint32_t flip) {
  int32_t v = kgl_shifted(z_and_offset, 6);
  v = v < 0 ? 0 : v > 255 ? 255 : v;
  return (uint8_t)((uint32_t)v ^ flip);
}

/* A step's way from sums to bytes. */
typedef struct kgl_finish {
  kgl_scaling scaling;
  int32_t offset; /* 32, for the nearest, and 128 x 64 for a signed y */
  uint32_t flip;  /* 128 for a signed y, else 0 */
} kgl_finish;

#if KGL_INTEGER
KGL_INLINE void kgl_finish_begin(kgl_finish *finish, const kgl_step *step) {
  const int is_signed = (step->form.integer.types & KGL_Y_IS_SIGNED) != 0;
  static const kgl_scaling none = {0, 0, 0, NULL, NULL, 0, 0, 0};
  finish->scaling = KGL_IS_EXACT(step) ? none : step->form.integer.scaling; /* exact steps: kgl_exact.h */
  finish->offset = is_signed ? 32 + 128 * 64 : 32;
  finish->flip = is_signed ? 128 : 0;
}
#endif

/* m of a row. */
KGL_INLINE uint32_t kgl_multiplier(const kgl_scaling *scaling, uint32_t row) {
  if (scaling->multipliers == NULL) return scaling->multiplier;
  if (scaling->multiplier_bytes == 1) return scaling->multipliers[row];
  return kgl_read16(scaling->multipliers + 2 * row);
}

/* A row's bias, in 64ths. */
KGL_INLINE int32_t kgl_bias(const kgl_scaling *scaling, uint32_t row) {
  const uint8_t *p = scaling->biases;
  if (p == NULL) return 0;
  if (scaling->bias_bytes == 2) {
    return kgl_signed16(kgl_read16(p + 2 * row)) * (1 << scaling->bias_shift);
  }
  if (scaling->bias_bytes == 1) return kgl_signed8(p[row]) * (1 << scaling->bias_shift);
  return kgl_as_signed(kgl_read32(p + 4 * row));
}

/* The sum of elements of 8 bits, modulo 2^32; flip: 128 where they are int8, else 0 (kgl_integer_block.c). */
uint32_t kgl_sum_of_bytes(const uint8_t *x, uint32_t count, uint32_t flip);

#define KGL_BATCH 16u /* rows whose sums are kept before they are finished together */

/* The bytes of the sums of `count` rows of a dense layer, from `row` on (kgl_integer_dense.c). y: of row 0. */
void kgl_finish_rows(const kgl_finish *finish, uint32_t row, const uint32_t *sums, uint32_t count, uint8_t *y);

/* The byte of a row's sum. */
KGL_INLINE uint8_t kgl_finish_sum(const kgl_finish *finish, uint32_t row, uint32_t sum) {
  const kgl_scaling *s = &finish->scaling;
  const int32_t bias = kgl_bias(s, row) + finish->offset;
  return kgl_clamped(kgl_rescaled_onto(bias, sum, s->shift, kgl_multiplier(s, row), s->exponent), finish->flip);
}

#endif

#endif
