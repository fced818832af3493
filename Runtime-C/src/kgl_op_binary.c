/* Elementwise operators on two tensors, either of which may repeat along some axes. Neighbouring
 * axes along which both do the same are first made one; the innermost is then a plain loop with
 * strides of 0 or 1, and the others count like an odometer. */
#include "kgl_ops.h"

#include "kgl_broadcast.h"

#if KGL_OP_BINARY && KGL_FLOAT
/* A NaN where either is one. */
KGL_INLINE float larger(float a, float b) { return b > a || b != b ? b : a; }
KGL_INLINE float smaller(float a, float b) { return b < a || b != b ? b : a; }

static void line(uint32_t binary, float *y, const float *a, uint32_t a_stride, const float *b,
                 uint32_t b_stride, uint32_t count) {
  uint32_t i;
  switch (binary) {
    case KGL_ADD:
      for (i = 0; i < count; i++, a += a_stride, b += b_stride) y[i] = *a + *b;
      return;
    case KGL_SUBTRACT:
      for (i = 0; i < count; i++, a += a_stride, b += b_stride) y[i] = *a - *b;
      return;
    case KGL_MULTIPLY:
      for (i = 0; i < count; i++, a += a_stride, b += b_stride) y[i] = *a * *b;
      return;
    case KGL_MAXIMUM:
      for (i = 0; i < count; i++, a += a_stride, b += b_stride) y[i] = larger(*a, *b);
      return;
    case KGL_MINIMUM:
      for (i = 0; i < count; i++, a += a_stride, b += b_stride) y[i] = smaller(*a, *b);
      return;
    default: /* KGL_DIVIDE */
      for (i = 0; i < count; i++, a += a_stride, b += b_stride) y[i] = *a / *b;
      return;
  }
}

/* y: `sizes`; a and b the same, but 1 where their mask has a bit */
kgl_status kgl_op_binary(kgl_place *place, const kgl_step *step) {
  const float *a = place->arena + step->x;
  const float *b = place->arena + step->b;
  float *y = place->arena + step->y;
  uint32_t at[KGL_MAX_RANK] = {0};
  uint32_t axis, from_a = 0, from_b = 0;
  kgl_broadcast all;
  kgl_broadcast_begin(&all, step);
  do {
    line(step->mode, y, a + from_a, all.strides[0][0], b + from_b, all.strides[1][0], all.sizes[0]);
    y += all.sizes[0];
    for (axis = 1; axis < all.rank; axis++) {
      from_a += all.strides[0][axis];
      from_b += all.strides[1][axis];
      if (++at[axis] < all.sizes[axis]) break;
      at[axis] = 0;
      from_a -= all.strides[0][axis] * all.sizes[axis];
      from_b -= all.strides[1][axis] * all.sizes[axis];
    }
  } while (axis < all.rank);
  if (step->form.real.activation.kind != KGL_IDENTITY) {
    float *start = place->arena + step->y;
    kgl_activate(start, start, (uint32_t)(y - start), &step->form.real.activation);
  }
  return KGL_OK;
}
#endif
