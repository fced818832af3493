#include "kgl_ops.h"

#if KGL_OP_SELECT
/* x: [outer, inner], y: [outer, middle], the places of x whose bit is set. What is written lies at
 * or before what is read next, so y may be x. */
kgl_status kgl_op_select(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint8_t *x = kgl_bytes_at(place, step->x);
  uint8_t *y = kgl_bytes_at(place, step->y);
  uint32_t o, i;
  for (o = 0; o < block->outer; o++) {
    for (i = 0; i < block->inner; i++) {
      const uint32_t from = o * block->inner + i;
      if (((uint32_t)step->bitmap[i >> 3] >> (i & 7u) & 1u) == 0) continue;
      if (KGL_IS_INTEGER(step)) {
        *y++ = x[from];
      } else {
        *(float *)(void *)y = ((const float *)(const void *)x)[from];
        y += 4;
      }
    }
  }
  return KGL_OK;
}
#endif
