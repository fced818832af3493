#include "kgl_ops.h"

#if KGL_OP_CONSTANT && KGL_FLOAT
/* y: [inner] */
kgl_status kgl_op_constant(kgl_place *place, const kgl_step *step) {
  float *y = place->arena + step->y;
  uint32_t i;
  for (i = 0; i < step->u.block.inner; i++) y[i] = kgl_number(&step->form.real.numbers[0], i);
  return KGL_OK;
}
#endif
