/* Exact elementwise steps on two tensors: a row of pairs at a time. */
#include "kgl_kernel.h"

#include "kgl_exact.h"

#if KGL_OP_BINARY && KGL_INTEGER && KGL_EXACT
#if KGL_HELIUM
#include "kgl_exact_vectors.h"
#endif

/* A step's scalings, made ready; scales[2] has y's range. */
typedef struct pairs {
  kgl_exact_row scales[3];
  int32_t zeros[2];
} pairs;

/* What an element comes to, before it is added. */
KGL_INLINE uint32_t term(const pairs *p, uint32_t of, uint8_t element) {
  return (uint32_t)kgl_exact_scaled(&p->scales[of], (uint32_t)(kgl_signed8(element) - p->zeros[of]) << 20);
}

#if KGL_HELIUM
KGL_INLINE int32x4_t four_terms(const pairs *p, uint32_t of, const uint8_t *from, mve_pred16_t some) {
  const int32x4_t elements = vldrbq_z_s32((const int8_t *)from, some);
  return kgl_exact_scaled_four(&p->scales[of], vshlq_n_s32(vsubq_n_s32(elements, p->zeros[of]), 20));
}

/* Sums of elements that lie one after another. */
KGL_NOINLINE void sums_by_vectors(const pairs *all, const uint8_t *a, const uint8_t *b, uint8_t *y, uint32_t count) {
  const pairs p = *all;
  int32_t left = (int32_t)count;
  for (; left > 0; left -= 4, a += 4, b += 4, y += 4) {
    const mve_pred16_t some = vctp32q((uint32_t)left);
    const int32x4_t sums = vaddq_s32(four_terms(&p, 0, a, some), four_terms(&p, 1, b, some));
    const int32x4_t elements = kgl_exact_clamped_four(&p.scales[2], kgl_exact_scaled_four(&p.scales[2], sums));
    vstrbq_p_s32((int8_t *)y, elements, some);
  }
}
#endif

KGL_INLINE uint8_t pair(const pairs *p, uint32_t mode, uint8_t a, uint8_t b) {
  const int32_t one = kgl_signed8(a), other = kgl_signed8(b);
  uint32_t left, right;
  if (mode == KGL_MAXIMUM || mode == KGL_MINIMUM) {
    const int32_t y = (one > other) == (mode == KGL_MAXIMUM) ? one : other;
    const kgl_exact_row *range = &p->scales[2];
    return (uint8_t)(y < range->low ? range->low : y > range->high ? range->high : y);
  }
  if (mode == KGL_MULTIPLY) {
    left = (uint32_t)((one - p->zeros[0]) * (other - p->zeros[1]));
    return kgl_exact_clamped(&p->scales[2], kgl_exact_scaled(&p->scales[0], left));
  }
  left = term(p, 0, a);
  right = term(p, 1, b);
  return kgl_exact_clamped(&p->scales[2],
                           kgl_exact_scaled(&p->scales[2], mode == KGL_ADD ? left + right : left - right));
}

void kgl_exact_pairs(const kgl_step *step, const uint8_t *a, const uint8_t *b, const uint32_t next[2], uint8_t *y,
                     uint32_t count) {
  const kgl_exact_form *form = &step->form.exact;
  const uint8_t *end = y + count;
  const uint32_t scaled = step->mode <= KGL_SUBTRACT ? 3 : step->mode == KGL_MULTIPLY ? 1 : 0;
  pairs p;
  uint32_t i;
  for (i = 0; i < scaled; i++) kgl_exact_ready(&p.scales[i], &form->scales[i]);
  kgl_exact_range(&p.scales[2], form);
  p.zeros[0] = form->zeros[0];
  p.zeros[1] = form->zeros[1];
#if KGL_HELIUM
  if (step->mode == KGL_ADD && next[0] == 1 && next[1] == 1) {
    sums_by_vectors(&p, a, b, y, count);
    return;
  }
#endif
  if (step->mode == KGL_ADD) {
    for (; y < end; y++, a += next[0], b += next[1]) *y = pair(&p, KGL_ADD, *a, *b);
  } else {
    for (; y < end; y++, a += next[0], b += next[1]) *y = pair(&p, step->mode, *a, *b);
  }
}
#endif
