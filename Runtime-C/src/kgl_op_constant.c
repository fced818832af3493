#include "kgl_ops.h"

#if KGL_OP_CONSTANT && KGL_FLOAT
/* y: [inner] */
void kgl_op_constant(const kgl_place *place, const kgl_step *step) {
  float *y = place->arena + step->y;
  uint32_t i;
  for (i = 0; i < step->u.block.inner; i++) y[i] = kgl_number(&step->numbers[0], i);
}
#endif
