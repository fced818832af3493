/* How two operands run beside an output, for both forms of the binary operator. */
#ifndef KGL_BROADCAST_H
#define KGL_BROADCAST_H

#include "kgl_ops.h"

#if KGL_OP_BINARY
typedef struct kgl_broadcast {
  uint32_t rank;
  uint32_t sizes[KGL_MAX_RANK];      /* innermost first; at least one */
  uint32_t strides[2][KGL_MAX_RANK]; /* of a and b along each; 0 where they repeat */
} kgl_broadcast;

KGL_INLINE void kgl_broadcast_begin(kgl_broadcast *all, const kgl_step *step) {
  const kgl_axes *axes = &step->u.axes;
  uint32_t last_kind = 4, elements[2] = {1, 1}, axis, operand;
  all->rank = 0;
  for (axis = axes->rank; axis-- > 0;) {
    uint32_t kind = (step->masks[0] >> axis & 1u) | (step->masks[1] >> axis & 1u) << 1;
    if (axes->sizes[axis] == 1) continue;
    if (kind == last_kind) {
      all->sizes[all->rank - 1] *= axes->sizes[axis];
    } else {
      all->sizes[all->rank] = axes->sizes[axis];
      for (operand = 0; operand < 2; operand++) {
        all->strides[operand][all->rank] = kind >> operand & 1u ? 0 : elements[operand];
      }
      all->rank++;
      last_kind = kind;
    }
    for (operand = 0; operand < 2; operand++) {
      if ((kind >> operand & 1u) == 0) elements[operand] *= axes->sizes[axis];
    }
  }
  if (all->rank == 0) {
    all->sizes[0] = 1;
    all->strides[0][0] = all->strides[1][0] = 0;
    all->rank = 1;
  }
}
#endif

#endif
