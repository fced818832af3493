#include "elementwise.h"

#include <math.h>
#include <string.h>

#include "kx_clones.h"
#include "kx_inline.h"

/* One loop a function, so that each becomes vector code. */
#define MAP(EXPRESSION)                 \
  for (size_t i = 0; i < count; i++) {  \
    const float x = in[i];              \
    out[i] = (EXPRESSION);              \
  }

/* What is compared goes the way that leaves a NaN one. */
KX_INLINE float limited(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}

KX_CLONES void kx_activate(float *out, const float *in, size_t count, kx_activation activation) {
  const float a = activation.a, b = activation.b;
  switch (activation.function) {
    case KX_IDENTITY: memmove(out, in, count * sizeof(float)); break;
    case KX_RELU: MAP(x < 0 ? 0 : x) break;
    case KX_LEAKY_RELU: MAP(x > 0 ? x : a * x) break;
    case KX_CLIP: MAP(limited(x, a, b)) break;
    case KX_SIGMOID: MAP(1 / (1 + expf(-x))) break;
    case KX_TANH: MAP(tanhf(x)) break;
    case KX_HARD_SIGMOID: MAP(limited(a * x + b, 0, 1)) break;
    case KX_HARD_SWISH: MAP(x * limited(x / 6 + 0.5f, 0, 1)) break;
    case KX_ELU: MAP(x > 0 ? x : a * (expf(x) - 1)) break;
  }
}

#define MAP_BACK(SLOPE)                       \
  for (size_t i = 0; i < count; i++) {        \
    const float y = known[i];                 \
    grad_in[i] = grad_out[i] * (SLOPE);       \
  }

/* As MAP_BACK where the slope is 0 or 1: a select, so that an infinite gradient is stopped too. */
#define PASS_WHERE(CONDITION)                       \
  for (size_t i = 0; i < count; i++) {              \
    const float y = known[i], g = grad_out[i];      \
    grad_in[i] = (CONDITION) ? g : 0;               \
  }

KX_INLINE float hard_swish_slope(float x) {
  return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5f;
}

KX_CLONES void kx_activate_backward(
    float *grad_in, const float *grad_out, const float *known, size_t count,
    kx_activation activation) {
  const float a = activation.a, b = activation.b;
  switch (activation.function) {
    case KX_IDENTITY: memmove(grad_in, grad_out, count * sizeof(float)); break;
    case KX_RELU: PASS_WHERE(y > 0) break;
    case KX_LEAKY_RELU: MAP_BACK(y > 0 ? 1 : a) break;
    case KX_CLIP: PASS_WHERE((y > a) & (y < b)) break;
    case KX_SIGMOID: MAP_BACK(y * (1 - y)) break;
    case KX_TANH: MAP_BACK(1 - y * y) break;
    case KX_HARD_SIGMOID: MAP_BACK(((y > 0) & (y < 1)) ? a : 0) break;
    case KX_HARD_SWISH: MAP_BACK(hard_swish_slope(y)) break;
    case KX_ELU:
      if (a >= 0) {
        MAP_BACK(y > 0 ? 1 : y + a)
      } else {
        MAP_BACK(y > 0 ? 1 : a * expf(y))
      }
      break;
  }
}

KX_CLONES void kx_add(
    float *restrict sum, const float *restrict addend, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += addend[i];
}

KX_CLONES void kx_column_sums(
    float *restrict sums, const float *restrict rows, size_t row_count, size_t columns,
    int accumulate) {
  if (!accumulate) memset(sums, 0, columns * sizeof(float));
  for (size_t r = 0; r < row_count; r++, rows += columns)
    for (size_t c = 0; c < columns; c++) sums[c] += rows[c];
}

KX_CLONES void kx_affine(
    float *restrict out, const float *restrict in, const float *restrict scale,
    const float *restrict shift, size_t outer, size_t channels, size_t inner) {
  if (inner == 1) {
    for (size_t o = 0; o < outer; o++, out += channels, in += channels)
      for (size_t c = 0; c < channels; c++) out[c] = in[c] * scale[c] + shift[c];
    return;
  }
  for (size_t o = 0; o < outer; o++)
    for (size_t c = 0; c < channels; c++, out += inner, in += inner)
      for (size_t i = 0; i < inner; i++) out[i] = in[i] * scale[c] + shift[c];
}

KX_CLONES void kx_affine_backward_data(
    float *restrict grad_in, const float *restrict grad_out, const float *restrict scale,
    size_t outer, size_t channels, size_t inner) {
  if (inner == 1) {
    for (size_t o = 0; o < outer; o++, grad_in += channels, grad_out += channels)
      for (size_t c = 0; c < channels; c++) grad_in[c] = grad_out[c] * scale[c];
    return;
  }
  for (size_t o = 0; o < outer; o++)
    for (size_t c = 0; c < channels; c++, grad_in += inner, grad_out += inner)
      for (size_t i = 0; i < inner; i++) grad_in[i] = grad_out[i] * scale[c];
}

/* Channels last: channel by channel sums run side by side. */
KX_INLINE void backward_parameters_minor(
    float *restrict grad_scale, float *restrict grad_shift, const float *restrict grad_out,
    const float *restrict in, size_t outer, size_t channels) {
  for (size_t o = 0; o < outer; o++, grad_out += channels, in += channels) {
    if (grad_scale)
      for (size_t c = 0; c < channels; c++) grad_scale[c] += grad_out[c] * in[c];
    if (grad_shift)
      for (size_t c = 0; c < channels; c++) grad_shift[c] += grad_out[c];
  }
}

KX_CLONES void kx_affine_backward_parameters(
    float *grad_scale, float *grad_shift, const float *grad_out, const float *in, size_t outer,
    size_t channels, size_t inner) {
  if (inner == 1) {
    backward_parameters_minor(grad_scale, grad_shift, grad_out, in, outer, channels);
    return;
  }
  for (size_t o = 0; o < outer; o++)
    for (size_t c = 0; c < channels; c++, grad_out += inner, in += inner) {
      float products = 0, sum = 0;
      for (size_t i = 0; i < inner; i++) {
        products += grad_out[i] * in[i];
        sum += grad_out[i];
      }
      if (grad_scale) grad_scale[c] += products;
      if (grad_shift) grad_shift[c] += sum;
    }
}
