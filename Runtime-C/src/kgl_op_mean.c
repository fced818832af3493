#include "kgl_ops.h"

#if KGL_OP_MEAN && KGL_FLOAT
/* x: [channels, inner], y: [channels] */
kgl_status kgl_op_mean(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  uint32_t c, i;
  for (c = 0; c < block->middle; c++) {
    float sum = 0.0f;
    for (i = 0; i < block->inner; i++) sum += *x++;
    *y++ = sum / (float)block->inner;
  }
  return KGL_OK;
}
#endif
