#include "kgl_ops.h"

#if KGL_OP_SELECT
/* x: [outer, inner], y: [outer, middle], the places of x whose bit is set. What is written lies at
 * or before what is read next, so y may be x. */
void kgl_op_select(const kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  uint32_t o, i;
  for (o = 0; o < block->outer; o++, x += block->inner) {
    for (i = 0; i < block->inner; i++) {
      if ((uint32_t)step->bitmap[i >> 3] >> (i & 7u) & 1u) *y++ = x[i];
    }
  }
}
#endif
