#include "kgl_ops.h"

#if KGL_OP_PRELU && KGL_FLOAT
/* x, y: [outer, channels, inner] */
kgl_status kgl_op_prelu(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  uint32_t o, c, i;
  for (o = 0; o < block->outer; o++) {
    for (c = 0; c < block->middle; c++) {
      float slope = kgl_number(&step->form.real.numbers[0], c);
      for (i = 0; i < block->inner; i++, x++, y++) *y = *x > 0.0f ? *x : slope * *x;
    }
  }
  return KGL_OK;
}
#endif
