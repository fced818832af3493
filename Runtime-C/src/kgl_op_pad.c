#include "kgl_ops.h"

#if KGL_OP_PAD
/* The input's index along an axis of `size` for the output's, or `size` where a constant goes. */
static uint32_t source(uint32_t mode, uint32_t index, uint32_t before, uint32_t size) {
  if (index >= before && index - before < size) return index - before;
  if (mode == KGL_PAD_CONSTANT) return size;
  if (mode == KGL_PAD_EDGE) return index < before ? 0 : size - 1;
  if (index < before) return before - index - (mode == KGL_PAD_SYMMETRIC);
  return 2 * size - 2 - (index - before) + (mode == KGL_PAD_SYMMETRIC);
}

/* x: `sizes`, y: `before` + `sizes` + `after`. One look-up an element; the axes above the last
 * count like an odometer. */
kgl_status kgl_op_pad(kgl_place *place, const kgl_step *step) {
  const kgl_axes *axes = &step->u.axes;
  const float *words = place->arena + step->x;
  const uint8_t *bytes = kgl_bytes_at(place, step->x);
  float *y = place->arena + step->y;
  uint8_t *y_byte = kgl_bytes_at(place, step->y);
  uint32_t at[KGL_MAX_RANK] = {0};
  const uint32_t last = axes->rank - 1;
  const uint32_t width = axes->before[last] + axes->sizes[last] + axes->after[last];
  uint32_t axis, i;
  (void)words, (void)bytes, (void)y, (void)y_byte; /* a build with one form needs two of them */
  for (;;) {
    uint32_t row = 0;
    int is_inside = 1;
    for (axis = 0; axis < last; axis++) {
      uint32_t from = source(step->mode, at[axis], axes->before[axis], axes->sizes[axis]);
      if (from == axes->sizes[axis]) is_inside = 0;
      row = row * axes->sizes[axis] + from;
    }
    for (i = 0; i < width; i++) {
      uint32_t from = source(step->mode, i, axes->before[last], axes->sizes[last]);
      const int is_from_x = is_inside && from < axes->sizes[last];
      from += row * axes->sizes[last];
#if KGL_INTEGER
      if (KGL_IS_INTEGER(step)) *y_byte++ = is_from_x ? bytes[from] : (uint8_t)step->form.integer.factors[0];
#endif
#if KGL_FLOAT
      if (!KGL_IS_INTEGER(step)) *y++ = is_from_x ? words[from] : step->form.real.value;
#endif
    }
    for (axis = last; axis-- > 0;) {
      if (++at[axis] < axes->before[axis] + axes->sizes[axis] + axes->after[axis]) break;
      at[axis] = 0;
    }
    if (axis > last) return KGL_OK; /* wrapped below 0: every axis has gone round */
  }
}
#endif
