#include "kgl_exact.h"
#include "kgl_ops.h"

#if KGL_OP_LOG_SOFTMAX && KGL_FLOAT && KGL_MATH
#include <math.h>

/* x, y: [outer, count, inner], over the middle axis: x less the largest, and less the logarithm of the sum of
 * the exponentials of that. */
kgl_status kgl_op_log_softmax(kgl_place *place, const kgl_step *step) {
  const kgl_block *block = &step->u.block;
  const uint32_t stride = block->inner, length = block->middle * block->inner;
  uint32_t o, inner, i;
  for (o = 0; o < block->outer; o++) {
    for (inner = 0; inner < block->inner; inner++) {
      const float *x = place->arena + step->x + o * length + inner;
      float *y = place->arena + step->y + o * length + inner;
      float largest = x[0], sum = 0.0f;
      for (i = stride; i < length; i += stride) {
        if (x[i] > largest) largest = x[i];
      }
      for (i = 0; i < length; i += stride) {
        y[i] = x[i] - largest;
        sum += expf(y[i]);
      }
      sum = logf(sum);
      for (i = 0; i < length; i += stride) y[i] -= sum;
    }
  }
  return KGL_OK;
}
#endif

#if KGL_OP_LOG_SOFTMAX && KGL_FLOAT && !KGL_MATH
kgl_status kgl_op_log_softmax(kgl_place *place, const kgl_step *step) { /* never called: its reader refuses it */
  (void)place, (void)step;
  return KGL_ERR_UNSUPPORTED;
}
#endif

#if KGL_OP_LOG_SOFTMAX && KGL_INTEGER
kgl_status kgl_integer_log_softmax(kgl_place *place, const kgl_step *step) {
#if KGL_EXACT
  return kgl_exact_log_softmax(place, step);
#else /* never called: its reader refuses it */
  (void)place, (void)step;
  return KGL_ERR_UNSUPPORTED;
#endif
}
#endif
