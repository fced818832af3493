/* From sums to outputs by Helium's vectors, for kernels that hold several filters at once. For the convolution
 * alone. */
#ifndef KGL_INTEGER_FINISH_VECTORS_H
#define KGL_INTEGER_FINISH_VECTORS_H

#include <arm_mve.h>

#if KGL_EXACT
#include "kgl_exact_vectors.h"
#endif
#include "kgl_integer_sweep.h"

/* Bytes of eight numbers in 64ths, even ones and odd ones apart; they are rounded here, so that they come without the
 * half that kgl_finish's offset has. */
KGL_INLINE uint16x8_t own_bytes(const filter_finish *own, int32x4_t even, int32x4_t odd) {
  uint16x8_t bytes = vqrshruntq_n_s32(vqrshrunbq_n_s32(vdupq_n_u16(0), even, 6), odd, 6);
  bytes = vreinterpretq_u16_u8(vqmovnbq_u16(vreinterpretq_u8_u16(bytes), bytes));
  return veorq_u16(bytes, vdupq_n_u16((uint16_t)own->flip));
}

/* Of four sums. */
KGL_INLINE int32x4_t own_scaled(const filter_finish *own, int32x4_t sums) {
  const int32x4_t multiplier = vdupq_n_s32((int32_t)(own->multiplier << own->exponent));
  return vaddq_n_s32(vmulhq_s32(vshlq_r_s32(sums, (int32_t)own->shift), multiplier), own->bias - 32);
}

/* What residuals add to the numbers of eight sums. */
KGL_INLINE void add_residual(const sweep *s, const uint8_t *r, mve_pred16_t some, int32x4_t *even, int32x4_t *odd) {
  const int16x8_t q = s->residual_flip ? vldrbq_z_s16((const int8_t *)r, some)
                                       : vreinterpretq_s16_u16(vldrbq_z_u16(r, some));
  *even = vaddq_s32(*even, vshrq_n_s32(vmulq_n_s32(vmovlbq_s16(q), s->residual_factor), 8));
  *odd = vaddq_s32(*odd, vshrq_n_s32(vmulq_n_s32(vmovltq_s16(q), s->residual_factor), 8));
}

#if KGL_TILES
/* Eight sums of any row to y, those of even places and those between; by the exact rule they have their bias. r: their
 * residual, or null. */
KGL_NOINLINE void finish_vectors(const sweep *s, const row_finish *finish, int32x4_t even, int32x4_t odd, uint8_t *y,
                                 const uint8_t *r, mve_pred16_t some) {
  const filter_finish *own = &finish->own;
#if KGL_EXACT
  if (s->exact != NULL) {
    const kgl_exact_row *row = &finish->exact;
    int16x8_t elements;
    even = kgl_exact_clamped_four(row, kgl_exact_scaled_four(row, even));
    odd = kgl_exact_clamped_four(row, kgl_exact_scaled_four(row, odd));
    elements = vmovntq_s32(vreinterpretq_s16_s32(even), odd);
    vstrbq_p_s16((int8_t *)y, elements, some);
    return;
  }
#endif
  even = own_scaled(own, even);
  odd = own_scaled(own, odd);
  if (r != NULL) add_residual(s, r, some, &even, &odd);
  vstrbq_p_u16(y, own_bytes(own, even, odd), some);
}
#endif

#if KGL_EXACT
/* Of four sums with their bias, below 2^30 in size. */
KGL_INLINE int32x4_t plain_scaled(int32x4_t sums, int32_t multiplier, int32_t shift) {
  const int32x4_t v = vqrdmulhq_n_s32(sums, multiplier); /* floor((2 v m + 2^31) / 2^32) */
  return vrshlq_n_s32(vaddq_s32(v, vshrq_n_s32(v, 31)), shift);
}

/* The elements of eight sums of a plain row, each in 16 bits: those of even places, and those between. */
KGL_INLINE int16x8_t plain_elements(const kgl_exact_row *row, int32x4_t even, int32x4_t odd) {
  const int32_t multiplier = (int32_t)row->multiplier, shift = -(int32_t)row->right;
  int16x8_t y;
  even = plain_scaled(even, multiplier, shift);
  y = vqmovnbq_s32(vreinterpretq_s16_s32(even), even);
  y = vqaddq_n_s16(vqmovntq_s32(y, plain_scaled(odd, multiplier, shift)), (int16_t)row->zero);
  return vreinterpretq_s16_s8(vqmovnbq_s16(vreinterpretq_s8_s16(y), y));
}
#endif

#endif
