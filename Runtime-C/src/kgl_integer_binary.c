/* Elementwise integer operators on two tensors, either of which may repeat along some axes; the way
 * through the axes is that of kgl_op_binary.c. */
#include <stddef.h>

#include "kgl_broadcast.h"
#include "kgl_exact.h"

#if KGL_OP_BINARY && KGL_INTEGER
typedef struct binary {
  const kgl_step *step;
  kgl_finish finish;
  uint32_t flips[2];
} binary;

KGL_INLINE uint8_t one(const binary *all, int32_t a, uint8_t b_byte) {
  const kgl_step *step = all->step;
  const kgl_scaling *s = &step->form.integer.scaling;
  const int32_t b = kgl_element(b_byte, all->flips[1]);
  int32_t z, other;
  switch (step->mode) {
    case KGL_ADD:
      z = kgl_term(a, (int32_t)step->form.integer.factors[0]) + kgl_term(b, (int32_t)step->form.integer.factors[1]);
      break;
    case KGL_SUBTRACT:
      z = kgl_term(a, (int32_t)step->form.integer.factors[0]) - kgl_term(b, (int32_t)step->form.integer.factors[1]);
      break;
    case KGL_MAXIMUM:
    case KGL_MINIMUM:
      z = kgl_term(a, (int32_t)step->form.integer.factors[0]);
      other = kgl_term(b, (int32_t)step->form.integer.factors[1]);
      if ((other > z) == (step->mode == KGL_MAXIMUM)) z = other;
      break;
    case KGL_MULTIPLY:
      z = kgl_rescaled((uint32_t)(a * b), s->shift, s->multiplier, s->exponent);
      break;
    default: { /* KGL_DIVIDE */
      int32_t reciprocal = kgl_signed16(kgl_load16(step->form.integer.bytes + 2 * (uint32_t)b_byte));
      z = kgl_rescaled((uint32_t)(a * reciprocal), s->shift, s->multiplier, s->exponent);
      break;
    }
  }
  return kgl_clamped(z + all->finish.offset, all->finish.flip);
}

/* y: `sizes`; a and b the same, but 1 where their mask has a bit */
kgl_status kgl_integer_binary(kgl_place *place, const kgl_step *step) {
  const uint8_t *a = kgl_bytes_at(place, step->x), *b = kgl_bytes_at(place, step->b);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t at[KGL_MAX_RANK] = {0};
  uint32_t axis, i, from_a = 0, from_b = 0;
  kgl_broadcast axes;
  binary all;
  all.step = step;
  all.flips[0] = step->form.integer.types & KGL_X_IS_SIGNED ? 128 : 0;
  all.flips[1] = step->form.integer.types & KGL_B_IS_SIGNED ? 128 : 0;
  kgl_finish_begin(&all.finish, step);
  kgl_broadcast_begin(&axes, step);
  do {
#if KGL_EXACT
    if (KGL_IS_EXACT(step)) {
      const uint32_t next[2] = {axes.strides[0][0], axes.strides[1][0]};
      kgl_exact_pairs(step, a + from_a, b + from_b, next, y, axes.sizes[0]);
      y += axes.sizes[0];
    } else
#endif
    for (i = 0; i < axes.sizes[0]; i++) {
      int32_t left = kgl_element(a[from_a + i * axes.strides[0][0]], all.flips[0]);
      *y++ = one(&all, left, b[from_b + i * axes.strides[1][0]]);
    }
    for (axis = 1; axis < axes.rank; axis++) {
      from_a += axes.strides[0][axis];
      from_b += axes.strides[1][axis];
      if (++at[axis] < axes.sizes[axis]) break;
      at[axis] = 0;
      from_a -= axes.strides[0][axis] * axes.sizes[axis];
      from_b -= axes.strides[1][axis] * axes.sizes[axis];
    }
  } while (axis < axes.rank);
  return KGL_OK;
}
#endif
