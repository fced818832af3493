#include "kgl_ops.h"

#if KGL_MATH && KGL_FLOAT
#include <math.h>
#endif

#if KGL_FLOAT
/* min(max(x, low), high). What is compared below goes the way that leaves a NaN one. */
KGL_INLINE float clip(float x, float low, float high) {
  float above = x < low ? low : x;
  return above > high ? high : above;
}

void kgl_activate(float *y, const float *x, uint32_t count, const kgl_activation *activation) {
  const float a = activation->a, b = activation->b;
  uint32_t i;
  switch (activation->kind) {
    case KGL_RELU:
      for (i = 0; i < count; i++) y[i] = x[i] < 0.0f ? 0.0f : x[i];
      return;
    case KGL_LEAKY_RELU:
      for (i = 0; i < count; i++) y[i] = x[i] > 0.0f ? x[i] : a * x[i];
      return;
    case KGL_CLIP:
      for (i = 0; i < count; i++) y[i] = clip(x[i], a, b);
      return;
#if KGL_MATH
    case KGL_SIGMOID:
      for (i = 0; i < count; i++) y[i] = 1.0f / (1.0f + expf(-x[i]));
      return;
    case KGL_TANH:
      for (i = 0; i < count; i++) y[i] = tanhf(x[i]);
      return;
    case KGL_ELU:
      for (i = 0; i < count; i++) y[i] = x[i] > 0.0f ? x[i] : a * (expf(x[i]) - 1.0f);
      return;
#endif
    case KGL_HARD_SIGMOID:
      for (i = 0; i < count; i++) y[i] = clip(a * x[i] + b, 0.0f, 1.0f);
      return;
    case KGL_HARD_SWISH:
      for (i = 0; i < count; i++) y[i] = x[i] * clip(x[i] * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f);
      return;
    default: /* KGL_IDENTITY */
      if (y != x) {
        for (i = 0; i < count; i++) y[i] = x[i];
      }
      return;
  }
}

kgl_status kgl_op_activation(kgl_place *place, const kgl_step *step) {
  kgl_activate(place->arena + step->y, place->arena + step->x, step->u.block.inner,
               &step->form.real.activation);
  return KGL_OK;
}
#endif
