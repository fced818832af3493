#include "kgl_ops.h"

/* x: [outer, count, inner], y: [outer, inner] of int32: where along the middle axis the largest is, or the least;
 * the first of equals. */

#if KGL_OP_ARG_MAX && KGL_FLOAT
/* Nothing is larger than a NaN, nor is that larger than anything. */
kgl_status kgl_op_arg_max(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  uint32_t *y = (uint32_t *)(void *)(place->arena + step->y);
  uint32_t o, inner, i;
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const float *x = place->arena + step->x + o * block->middle * block->inner + inner;
      float best = *x;
      *y = 0;
      for (i = 1; i < block->middle; i++) {
        x += block->inner;
        if (step->mode == KGL_LARGEST ? !(*x > best) : !(*x < best)) continue;
        best = *x;
        *y = i;
      }
      y++;
    }
  }
  return KGL_OK;
}
#endif

#if KGL_OP_ARG_MAX && KGL_INTEGER
kgl_status kgl_integer_arg_max(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  /* x ^ flip is in the order of x, or in its reverse. */
  const uint32_t flip = ((step->form.integer.types & KGL_X_IS_SIGNED) != 0 ? 128u : 0u) ^
                        (step->mode == KGL_LARGEST ? 0u : 255u);
  uint32_t *y = (uint32_t *)(void *)(place->arena + step->y);
  uint32_t o, inner, i;
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const uint8_t *x = kgl_bytes_at(place, step->x) + o * block->middle * block->inner + inner;
      uint32_t best = *x ^ flip;
      *y = 0;
      for (i = 1; i < block->middle; i++) {
        x += block->inner;
        if ((*x ^ flip) <= best) continue;
        best = *x ^ flip;
        *y = i;
      }
      y++;
    }
  }
  return KGL_OK;
}
#endif
