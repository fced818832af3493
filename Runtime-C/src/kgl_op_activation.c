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

#if KGL_MATH && KGL_FUNCTIONS
static float softplus(float x) { return (x > 0.0f ? x : 0.0f) + log1pf(expf(-fabsf(x))); }

static float function_of(float x, uint32_t kind, float a) {
  const float root_half = 0.70710678f, factor = 0.79788456f;
  switch (kind) {
    case KGL_ABSOLUTE: return fabsf(x);
    case KGL_EXPONENTIAL: return expf(x);
    case KGL_LOGARITHM: return logf(x);
    case KGL_SQUARE_ROOT: return sqrtf(x);
    case KGL_RECIPROCAL: return 1.0f / x;
    case KGL_POWER: return powf(x, a);
    case KGL_ERROR_FUNCTION: return erff(x);
    case KGL_SOFTPLUS: return softplus(x);
    case KGL_SOFTSIGN: return x / (1.0f + fabsf(x));
    case KGL_GELU: return 0.5f * x * erfcf(-root_half * x);
    case KGL_TANGENT_GELU: return 0.5f * x * (1.0f + tanhf(factor * (x + 0.044715f * x * x * x)));
    case KGL_SILU: return x / (1.0f + expf(-x));
    case KGL_MISH: return x * tanhf(softplus(x));
    case KGL_SINE: return sinf(x);
    case KGL_COSINE: return cosf(x);
    case KGL_FLOOR: return floorf(x);
    case KGL_CEILING: return ceilf(x);
    case KGL_ROUNDED: return rintf(x);
    case KGL_SIGN: return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x;
    default: return x <= a ? 0.0f : x; /* KGL_THRESHOLD */
  }
}
#endif

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
#if KGL_MATH && KGL_FUNCTIONS
    default:
      for (i = 0; i < count; i++) y[i] = function_of(x[i], activation->kind, a);
      return;
    case KGL_IDENTITY:
#else
    default: /* KGL_IDENTITY */
#endif
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
