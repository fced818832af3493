#include "optimizers.h"

#include <math.h>

#include "kx_clones.h"
#include "kx_inline.h"

/* Without errno, which would keep the loop from becoming vector code. */
#if defined(__has_builtin) && __has_builtin(__builtin_elementwise_sqrt)
#define ROOT(x) __builtin_elementwise_sqrt(x)
#else
#define ROOT(x) sqrtf(x)
#endif

KX_INLINE void adam_step(float *restrict weight, float *restrict first, float *restrict second,
                         const float *restrict grad, const uint8_t *restrict mask, size_t count,
                         const kx_adam *adam) {
  const kx_adam a = *adam;
  const float step = a.rate / a.correction1, keep = 1 - a.rate * a.decay;
  const float scale = 1 / sqrtf(a.correction2);
  for (size_t i = 0; i < count; i++) {
    const float m = a.beta1 * first[i] + (1 - a.beta1) * grad[i];
    const float v = a.beta2 * second[i] + (1 - a.beta2) * grad[i] * grad[i];
    const float w = keep * weight[i] - step * m / (ROOT(v) * scale + a.epsilon);
    const int kept = !mask || mask[i];
    first[i] = kept ? m : 0;
    second[i] = kept ? v : 0;
    weight[i] = kept ? w : 0;
  }
}

KX_CLONES void kx_adam_step(float *weight, float *first, float *second, const float *grad,
                            const uint8_t *mask, size_t count, const kx_adam *adam) {
  if (mask) adam_step(weight, first, second, grad, mask, count, adam);
  else adam_step(weight, first, second, grad, NULL, count, adam);
}

KX_INLINE void sgd_step(float *restrict weight, float *restrict velocity,
                        const float *restrict grad, const uint8_t *restrict mask, size_t count,
                        float rate, float momentum, float decay) {
  for (size_t i = 0; i < count; i++) {
    const float v = momentum * velocity[i] + grad[i] + decay * weight[i];
    const float w = weight[i] - rate * v;
    const int kept = !mask || mask[i];
    velocity[i] = kept ? v : 0;
    weight[i] = kept ? w : 0;
  }
}

KX_CLONES void kx_sgd_step(float *weight, float *velocity, const float *grad, const uint8_t *mask,
                           size_t count, float rate, float momentum, float decay) {
  if (mask) sgd_step(weight, velocity, grad, mask, count, rate, momentum, decay);
  else sgd_step(weight, velocity, grad, NULL, count, rate, momentum, decay);
}

KX_CLONES void kx_add_coding_slope(float *restrict grad, const float *restrict weight, size_t count,
                                   float price, float knee) {
  for (size_t i = 0; i < count; i++) {
    const float slope = price / (fabsf(weight[i]) + knee);
    grad[i] += weight[i] > 0 ? slope : weight[i] < 0 ? -slope : 0;
  }
}

KX_CLONES void kx_apply_mask(float *restrict values, const uint8_t *restrict mask, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = mask[i] ? values[i] : 0;
}
