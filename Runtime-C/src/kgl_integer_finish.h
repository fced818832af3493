/* From a filter's sums to outputs, for kernels that hold several filters at once. For the convolution alone. */
#ifndef KGL_INTEGER_FINISH_H
#define KGL_INTEGER_FINISH_H

#include "kgl_integer_sweep.h"

#if KGL_TILES && KGL_HELIUM
#include <arm_mve.h>
#endif

/* What turns a filter's sums into bytes. */
typedef union row_finish {
  filter_finish own;
#if KGL_EXACT
  kgl_exact_row exact;
#endif
} row_finish;

#define ROW_FINISH_WORDS ((uint32_t)((sizeof(row_finish) + 3) / 4))

#if KGL_TILES
static void ready_finish(row_finish *finish, const sweep *s) {
#if KGL_EXACT
  if (s->exact != NULL) {
    finish->exact = s->row;
    return;
  }
#endif
  finish->own.shift = s->finish.scaling.shift;
  finish->own.exponent = s->finish.scaling.exponent;
  finish->own.multiplier = s->multiplier;
  finish->own.flip = s->finish.flip;
  finish->own.bias = s->bias;
}

#if KGL_HELIUM && KGL_EXACT
KGL_INLINE int32x4_t plain_scaled(int32x4_t sums, int32_t bias, int32x4_t multiplier, int32_t half_and_zero,
                                  int32_t shift) {
  int32x4_t v = vshlq_n_s32(vaddq_n_s32(sums, bias), 1);
  v = vrmulhq_s32(v, multiplier); /* floor((v m + 2^31) / 2^32) */
  v = vaddq_s32(v, vshrq_n_s32(v, 31));
  return vshlq_r_s32(vaddq_n_s32(v, half_and_zero), shift);
}

/* The elements of eight sums of a plain row, each in 16 bits: those of even places, and those between. */
KGL_INLINE int16x8_t plain_elements(const kgl_exact_row *row, int32x4_t even, int32x4_t odd) {
  const int32_t bias = (int32_t)row->bias, half_and_zero = row->half_and_zero, shift = -(int32_t)row->right;
  const int32x4_t multiplier = vdupq_n_s32((int32_t)row->multiplier);
  int16x8_t y = vqmovnbq_s32(vdupq_n_s16(0), plain_scaled(even, bias, multiplier, half_and_zero, shift));
  y = vqmovntq_s32(y, plain_scaled(odd, bias, multiplier, half_and_zero, shift));
  return vreinterpretq_s16_s8(vqmovnbq_s16(vreinterpretq_s8_s16(y), y));
}
#endif

/* `count` sums of a filter to their outputs; with room for eights. */
KGL_NOINLINE void finish_sums(const sweep *s, const row_finish *finish, const uint32_t *sums, uint8_t *y,
                              const uint8_t *r, uint32_t count) {
  uint32_t i;
#if KGL_EXACT
  if (s->exact != NULL) {
    const kgl_exact_row row = finish->exact;
    if (!row.is_plain) {
      for (i = 0; i < count; i++) y[i] = kgl_exact_byte(&row, sums[i]);
      return;
    }
#if KGL_HELIUM
    int32_t left = (int32_t)count;
    for (; left > 0; left -= 8, sums += 8, y += 8) {
      const uint32x4x2_t all = vld2q_u32(sums);
      const int16x8_t elements =
          plain_elements(&row, vreinterpretq_s32_u32(all.val[0]), vreinterpretq_s32_u32(all.val[1]));
      vstrbq_p_s16((int8_t *)y, elements, vctp16q((uint32_t)left));
    }
    return;
#endif
    for (; count >= 4; count -= 4, sums += 4, y += 4) {
      y[0] = kgl_exact_plain(&row, sums[0]), y[1] = kgl_exact_plain(&row, sums[1]);
      y[2] = kgl_exact_plain(&row, sums[2]), y[3] = kgl_exact_plain(&row, sums[3]);
    }
    for (i = 0; i < count; i++) y[i] = kgl_exact_plain(&row, sums[i]);
    return;
  }
#endif
  {
    const filter_finish f = finish->own;
    for (i = 0; i < count; i++) {
      int32_t more = r == NULL ? 0 : kgl_term(kgl_element(r[i], s->residual_flip), s->residual_factor);
      y[i] = output_of(&f, sums[i], more);
    }
  }
}
#endif

#endif
