#include "kgl_ops.h"

#if KGL_OP_AFFINE && KGL_FLOAT
/* x, y: [channels, inner] */
kgl_status kgl_op_affine(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const float *x = place->arena + step->x;
  float *y = place->arena + step->y;
  uint32_t c, i;
  for (c = 0; c < block->middle; c++) {
    float scale = kgl_number(&step->form.real.numbers[0], c);
    float shift = kgl_number(&step->form.real.numbers[1], c);
    for (i = 0; i < block->inner; i++) *y++ = *x++ * scale + shift;
  }
  return KGL_OK;
}
#endif
