#include "kgl_ops.h"

#if KGL_OP_TRANSPOSE
/* x: `sizes`; axis r of y is axis before[r] of x. Written in order, read with strides. */
kgl_status kgl_op_transpose(kgl_place *place, const kgl_step *step) {
  const kgl_axes *axes = &step->u.axes;
  const float *words = place->arena + step->x;
  const uint8_t *bytes = kgl_bytes_at(place, step->x);
  float *y = place->arena + step->y;
  uint8_t *y_byte = kgl_bytes_at(place, step->y);
  uint32_t strides[KGL_MAX_RANK], sizes[KGL_MAX_RANK], at[KGL_MAX_RANK] = {0};
  const uint32_t last = axes->rank - 1;
  uint32_t axis, i, from = 0, stride = 1;
  for (axis = axes->rank; axis-- > 0;) { /* x's strides, for now at their places in x */
    at[axis] = stride;
    stride *= axes->sizes[axis];
  }
  for (axis = 0; axis < axes->rank; axis++) {
    sizes[axis] = axes->sizes[axes->before[axis]];
    strides[axis] = at[axes->before[axis]];
  }
  for (axis = 0; axis < axes->rank; axis++) at[axis] = 0;
  for (;;) {
    for (i = 0; i < sizes[last]; i++) {
      if (KGL_IS_INTEGER(step)) {
        *y_byte++ = bytes[from + i * strides[last]];
      } else {
        *y++ = words[from + i * strides[last]];
      }
    }
    for (axis = last; axis-- > 0;) {
      from += strides[axis];
      if (++at[axis] < sizes[axis]) break;
      at[axis] = 0;
      from -= strides[axis] * sizes[axis];
    }
    if (axis > last) return KGL_OK; /* wrapped below 0: every axis has gone round */
  }
}
#endif
