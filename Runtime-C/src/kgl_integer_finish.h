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
/* The elements of four sums of a plain row. */
KGL_INLINE int32x4_t plain_elements(const kgl_exact_row *row, int32x4_t sums) {
  int32x4_t v = vshlq_n_s32(vaddq_n_s32(sums, (int32_t)row->bias), 1);
  v = vrmulhq_s32(v, vdupq_n_s32((int32_t)row->multiplier)); /* floor((v m + 2^31) / 2^32) */
  v = vaddq_s32(v, vshrq_n_s32(v, 31));
  v = vshlq_r_s32(vaddq_n_s32(v, row->half_and_zero), -(int32_t)row->right);
  return vminq_s32(vmaxq_s32(v, vdupq_n_s32(-128)), vdupq_n_s32(127));
}
#endif

/* `count` sums of a filter to their outputs. */
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
    for (; count >= 4; count -= 4, sums += 4, y += 4) {
      vstrbq_s32((int8_t *)y, plain_elements(&row, vreinterpretq_s32_u32(vldrwq_u32(sums))));
    }
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
