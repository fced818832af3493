#include "binary.h"

#include "kx_clones.h"
#include "kx_inline.h"

KX_INLINE float apply(kx_operator operation, float a, float b) {
  switch (operation) {
    case KX_ADD: return a + b;
    case KX_SUBTRACT: return a - b;
    case KX_MULTIPLY: return a * b;
    case KX_DIVIDE: return a / b;
    case KX_MAXIMUM: return a < b || b != b ? b : a;
    case KX_MINIMUM: return a > b || b != b ? b : a;
    case KX_PRELU: return a > 0 ? a : a * b;
  }
  return 0;
}

KX_INLINE float slope_in_a(kx_operator operation, float a, float b) {
  switch (operation) {
    case KX_ADD:
    case KX_SUBTRACT: return 1;
    case KX_MULTIPLY: return b;
    case KX_DIVIDE: return 1 / b;
    case KX_MAXIMUM: return a < b ? 0 : 1;
    case KX_MINIMUM: return a > b ? 0 : 1;
    case KX_PRELU: return a > 0 ? 1 : b;
  }
  return 0;
}

KX_INLINE float slope_in_b(kx_operator operation, float a, float b) {
  switch (operation) {
    case KX_ADD: return 1;
    case KX_SUBTRACT: return -1;
    case KX_MULTIPLY: return a;
    case KX_DIVIDE: return -a / (b * b);
    case KX_MAXIMUM: return a < b ? 1 : 0;
    case KX_MINIMUM: return a > b ? 1 : 0;
    case KX_PRELU: return a > 0 ? 0 : a;
  }
  return 0;
}

/* The innermost axis. The common pairs of strides are spelled out, to become vector code. */
KX_INLINE void apply_row(float *restrict out, const float *restrict a, const float *restrict b,
                         int64_t count, int64_t a_step, int64_t b_step, kx_operator operation) {
  if (a_step == 1 && b_step == 1) {
    for (int64_t i = 0; i < count; i++) out[i] = apply(operation, a[i], b[i]);
  } else if (a_step == 1 && b_step == 0) {
    for (int64_t i = 0; i < count; i++) out[i] = apply(operation, a[i], *b);
  } else {
    for (int64_t i = 0; i < count; i++) out[i] = apply(operation, a[i * a_step], b[i * b_step]);
  }
}

KX_INLINE float slope(kx_operator operation, int in_a, float a, float b) {
  return in_a ? slope_in_a(operation, a, b) : slope_in_b(operation, a, b);
}

KX_INLINE void slope_row(float *restrict grad, const float *restrict grad_out, const float *a,
                         const float *b, int64_t count, int64_t a_step, int64_t b_step,
                         int64_t grad_step, kx_operator operation, int in_a) {
  if (a_step == 1 && b_step == 1) {
    for (int64_t i = 0; i < count; i++) grad[i] += grad_out[i] * slope(operation, in_a, a[i], b[i]);
  } else if (a_step == 1 && b_step == 0 && in_a) {
    for (int64_t i = 0; i < count; i++) grad[i] += grad_out[i] * slope(operation, in_a, a[i], *b);
  } else if (grad_step == 0) {
    float sum = 0;
    for (int64_t i = 0; i < count; i++)
      sum += grad_out[i] * slope(operation, in_a, a[i * a_step], b[i * b_step]);
    *grad += sum;
  } else {
    for (int64_t i = 0; i < count; i++)
      grad[i * grad_step] +=
          grad_out[i] * slope(operation, in_a, a[i * a_step], b[i * b_step]);
  }
}

/* Steps to the next row: counts the outer axes up like an odometer; 0 after the last. */
KX_INLINE int next_row(const kx_broadcast *s, int64_t *counter, int64_t *a, int64_t *b) {
  for (int32_t axis = s->rank - 2; axis >= 0; axis--) {
    *a += s->a_strides[axis];
    *b += s->b_strides[axis];
    if (++counter[axis] < s->sizes[axis]) return 1;
    counter[axis] = 0;
    *a -= s->a_strides[axis] * s->sizes[axis];
    *b -= s->b_strides[axis] * s->sizes[axis];
  }
  return 0;
}

KX_INLINE void forward(float *out, const float *a, const float *b, const kx_broadcast *s,
                       kx_operator operation) {
  const int32_t last = s->rank - 1;
  const int64_t count = s->sizes[last];
  int64_t counter[KX_MAX_AXES] = {0}, at_a = 0, at_b = 0;
  do {
    apply_row(out, a + at_a, b + at_b, count, s->a_strides[last], s->b_strides[last], operation);
    out += count;
  } while (next_row(s, counter, &at_a, &at_b));
}

KX_CLONES void kx_binary(float *out, const float *a, const float *b, const kx_broadcast *shape,
                         kx_operator operation) {
  switch (operation) {
    case KX_ADD: forward(out, a, b, shape, KX_ADD); break;
    case KX_SUBTRACT: forward(out, a, b, shape, KX_SUBTRACT); break;
    case KX_MULTIPLY: forward(out, a, b, shape, KX_MULTIPLY); break;
    case KX_DIVIDE: forward(out, a, b, shape, KX_DIVIDE); break;
    case KX_MAXIMUM: forward(out, a, b, shape, KX_MAXIMUM); break;
    case KX_MINIMUM: forward(out, a, b, shape, KX_MINIMUM); break;
    case KX_PRELU: forward(out, a, b, shape, KX_PRELU); break;
  }
}

KX_INLINE void backward(float *grad_a, float *grad_b, const float *grad_out, const float *a,
                        const float *b, const kx_broadcast *s, kx_operator operation) {
  const int32_t last = s->rank - 1;
  const int64_t count = s->sizes[last];
  const int64_t a_step = s->a_strides[last], b_step = s->b_strides[last];
  int64_t counter[KX_MAX_AXES] = {0}, at_a = 0, at_b = 0;
  do {
    const float *x = a + at_a, *y = b + at_b;
    if (grad_a)
      slope_row(grad_a + at_a, grad_out, x, y, count, a_step, b_step, a_step, operation, 1);
    if (grad_b)
      slope_row(grad_b + at_b, grad_out, x, y, count, a_step, b_step, b_step, operation, 0);
    grad_out += count;
  } while (next_row(s, counter, &at_a, &at_b));
}

KX_CLONES void kx_binary_backward(float *grad_a, float *grad_b, const float *grad_out,
                                  const float *a, const float *b, const kx_broadcast *shape,
                                  kx_operator operation) {
  switch (operation) {
    case KX_ADD: backward(grad_a, grad_b, grad_out, a, b, shape, KX_ADD); break;
    case KX_SUBTRACT: backward(grad_a, grad_b, grad_out, a, b, shape, KX_SUBTRACT); break;
    case KX_MULTIPLY: backward(grad_a, grad_b, grad_out, a, b, shape, KX_MULTIPLY); break;
    case KX_DIVIDE: backward(grad_a, grad_b, grad_out, a, b, shape, KX_DIVIDE); break;
    case KX_MAXIMUM: backward(grad_a, grad_b, grad_out, a, b, shape, KX_MAXIMUM); break;
    case KX_MINIMUM: backward(grad_a, grad_b, grad_out, a, b, shape, KX_MINIMUM); break;
    case KX_PRELU: backward(grad_a, grad_b, grad_out, a, b, shape, KX_PRELU); break;
  }
}
