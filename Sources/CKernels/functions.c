#include "functions.h"

#include <math.h>

#include "kx_inline.h"

/* In the order of their numbers. */
enum {
  ABSOLUTE, EXPONENTIAL, LOGARITHM, SQUARE_ROOT, RECIPROCAL, POWER, ERROR_FUNCTION, SOFTPLUS, SOFTSIGN, GELU,
  TANGENT_GELU, SILU, MISH, SINE, COSINE, FLOOR, CEILING, ROUNDED, SIGN, THRESHOLD
};

static const float root_half = 0.70710678f, tangent_factor = 0.79788456f, cubic = 0.044715f;

KX_INLINE float softplus(float x) { return (x > 0 ? x : 0) + log1pf(expf(-fabsf(x))); }
KX_INLINE float sigmoid(float x) { return 1 / (1 + expf(-x)); }

KX_INLINE float value(unsigned kind, float a, float x) {
  switch (kind) {
    case ABSOLUTE: return fabsf(x);
    case EXPONENTIAL: return expf(x);
    case LOGARITHM: return logf(x);
    case SQUARE_ROOT: return sqrtf(x);
    case RECIPROCAL: return 1 / x;
    case POWER: return powf(x, a);
    case ERROR_FUNCTION: return erff(x);
    case SOFTPLUS: return softplus(x);
    case SOFTSIGN: return x / (1 + fabsf(x));
    case GELU: return 0.5f * x * erfcf(-root_half * x);
    case TANGENT_GELU: return 0.5f * x * (1 + tanhf(tangent_factor * (x + cubic * x * x * x)));
    case SILU: return x / (1 + expf(-x));
    case MISH: return x * tanhf(softplus(x));
    case SINE: return sinf(x);
    case COSINE: return cosf(x);
    case FLOOR: return floorf(x);
    case CEILING: return ceilf(x);
    case ROUNDED: return rintf(x);
    case SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    default: return x <= a ? 0 : x; /* THRESHOLD */
  }
}

KX_INLINE float tangent_gelu_slope(float x) {
  const float t = tanhf(tangent_factor * (x + cubic * x * x * x));
  return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * tangent_factor * (1 + 3 * cubic * x * x);
}

KX_INLINE float mish_slope(float x) {
  const float t = tanhf(softplus(x));
  return t + x * (1 - t * t) * sigmoid(x);
}

KX_INLINE float slope(unsigned kind, float a, float x) {
  switch (kind) {
    case ABSOLUTE: return x > 0 ? 1 : x < 0 ? -1 : 0;
    case EXPONENTIAL: return expf(x);
    case LOGARITHM: return 1 / x;
    case SQUARE_ROOT: return 0.5f / sqrtf(x);
    case RECIPROCAL: return -1 / (x * x);
    case POWER: return a == 0 ? 0 : a * powf(x, a - 1);
    case ERROR_FUNCTION: return 1.12837917f * expf(-x * x);
    case SOFTPLUS: return sigmoid(x);
    case SOFTSIGN: return 1 / ((1 + fabsf(x)) * (1 + fabsf(x)));
    case GELU: return 0.5f * erfcf(-root_half * x) + x * 0.39894228f * expf(-0.5f * x * x);
    case TANGENT_GELU: return tangent_gelu_slope(x);
    case SILU: return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case MISH: return mish_slope(x);
    case SINE: return cosf(x);
    case COSINE: return -sinf(x);
    case THRESHOLD: return x > a ? 1 : 0;
    default: return 0; /* FLOOR, CEILING, ROUNDED, SIGN */
  }
}

void kx_map(float *out, const float *in, size_t count, unsigned kind, float parameter) {
  for (size_t i = 0; i < count; i++) out[i] = value(kind, parameter, in[i]);
}

void kx_map_backward(
    float *grad_in, const float *grad_out, const float *in, size_t count, unsigned kind,
    float parameter) {
  for (size_t i = 0; i < count; i++) grad_in[i] = grad_out[i] * slope(kind, parameter, in[i]);
}
