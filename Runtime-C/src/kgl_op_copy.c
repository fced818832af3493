#include <string.h>

#include "kgl_ops.h"

#if KGL_OP_COPY
/* x: [outer, inner] into y: [outer, middle] at `offset` of each row: a part of a concatenation */
void kgl_op_copy(const kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y + block->offset;
  uint32_t o;
  for (o = 0; o < block->outer; o++) {
    memcpy(y + o * block->middle, x + o * block->inner, block->inner * sizeof *x);
  }
}
#endif
