/* The exact rule by Helium's vectors, four sums at a time: the same numbers as kgl_exact.h. */
#ifndef KGL_EXACT_VECTORS_H
#define KGL_EXACT_VECTORS_H

#include <arm_mve.h>

#include "kgl_exact.h"

/* kgl_exact_scaled of four sums. */
KGL_INLINE int32x4_t kgl_exact_scaled_four(const kgl_exact_row *row, int32x4_t sums) {
  int32x4_t t = vshlq_r_s32(sums, (int32_t)row->left);
  t = vrmulhq_s32(t, vdupq_n_s32((int32_t)row->multiplier)); /* floor((v m + 2^31) / 2^32) */
  if (row->nudge != 0) t = vaddq_s32(t, vshrq_n_s32(t, 31));
  return vshlq_r_s32(vaddq_n_s32(t, row->half), -(int32_t)row->right);
}

/* kgl_exact_clamped of four, as elements. */
KGL_INLINE int32x4_t kgl_exact_clamped_four(const kgl_exact_row *row, int32x4_t y) {
  y = vqaddq_n_s32(y, row->zero);
  return vminq_s32(vmaxq_s32(y, vdupq_n_s32(row->low)), vdupq_n_s32(row->high));
}

#endif
