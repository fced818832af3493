#include "kgl_ops.h"

#if KGL_OP_TRANSPOSE
#if KGL_INTEGER && KGL_HELIUM
#include <arm_mve.h>
#endif

/* `count` bytes, `stride` from each other, to a row. */
KGL_NOINLINE void take_bytes(uint8_t *y, const uint8_t *x, uint32_t count, uint32_t stride) {
#if KGL_HELIUM
  if (stride <= 17) { /* its offsets are bytes */
    const uint8x16_t offsets = vmulq_n_u8(vidupq_n_u8(0, 1), (uint8_t)stride);
    for (; count >= 16; count -= 16, x += 16 * stride, y += 16) vstrbq_u8(y, vldrbq_gather_offset_u8(x, offsets));
  }
#endif
  for (; count >= 4; count -= 4, x += 4 * stride, y += 4) {
    const uint8_t a = x[0], b = x[stride], c = x[2 * stride], d = x[3 * stride];
    y[0] = a, y[1] = b, y[2] = c, y[3] = d;
  }
  for (; count > 0; count--, x += stride) *y++ = *x;
}

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
    if (KGL_IS_INTEGER(step)) {
      take_bytes(y_byte, bytes + from, sizes[last], strides[last]);
      y_byte += sizes[last];
    } else {
      for (i = 0; i < sizes[last]; i++) *y++ = words[from + i * strides[last]];
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
