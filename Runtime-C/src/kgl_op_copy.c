#include <string.h>

#include "kgl_ops.h"

#if KGL_OP_COPY
/* x: [outer, inner] into y: [outer, middle] at `offset` of each row: a part of a concatenation */
kgl_status kgl_op_copy(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint32_t size = KGL_IS_INTEGER(step) ? 1 : 4;
  const uint32_t stride = block->middle * size, length = block->inner * size;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y) + block->offset * size;
  uint32_t o;
  for (o = 0; o < block->outer; o++) memcpy(y + o * stride, x + o * length, length);
  return KGL_OK;
}
#endif
