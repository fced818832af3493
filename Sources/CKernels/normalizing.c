#include "normalizing.h"

#include <math.h>
#include <string.h>

#include "kx_clones.h"

static void softmax_line(float *out, const float *in, size_t axis, size_t step, float beta) {
  float largest = in[0];
  for (size_t k = 1; k < axis; k++) largest = in[k * step] > largest ? in[k * step] : largest;
  float sum = 0;
  for (size_t k = 0; k < axis; k++) sum += out[k * step] = expf(beta * (in[k * step] - largest));
  const float scale = 1 / sum;
  for (size_t k = 0; k < axis; k++) out[k * step] *= scale;
}

void kx_softmax(float *out, const float *in, size_t outer, size_t axis, size_t inner, float beta) {
  for (size_t o = 0; o < outer; o++, out += axis * inner, in += axis * inner)
    for (size_t i = 0; i < inner; i++) softmax_line(out + i, in + i, axis, inner, beta);
}

void kx_softmax_backward(float *grad_in, const float *grad_out, const float *out, size_t outer,
                         size_t axis, size_t inner, float beta) {
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < inner; i++) {
      const size_t start = o * axis * inner + i;
      float sum = 0;
      for (size_t k = 0; k < axis; k++) {
        const size_t at = start + k * inner;
        sum += grad_out[at] * out[at];
      }
      for (size_t k = 0; k < axis; k++) {
        const size_t at = start + k * inner;
        grad_in[at] = beta * out[at] * (grad_out[at] - sum);
      }
    }
}

void kx_softmax_logarithm(float *out, const float *in, size_t outer, size_t axis, size_t inner) {
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < inner; i++) {
      const size_t start = o * axis * inner + i;
      float largest = in[start], sum = 0;
      for (size_t k = 1; k < axis; k++) {
        const float x = in[start + k * inner];
        largest = x > largest ? x : largest;
      }
      for (size_t k = 0; k < axis; k++) {
        const size_t at = start + k * inner;
        sum += expf(out[at] = in[at] - largest);
      }
      sum = logf(sum);
      for (size_t k = 0; k < axis; k++) out[start + k * inner] -= sum;
    }
}

void kx_softmax_logarithm_backward(float *grad_in, const float *grad_out, const float *out, size_t outer,
                                   size_t axis, size_t inner) {
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < inner; i++) {
      const size_t start = o * axis * inner + i;
      float sum = 0;
      for (size_t k = 0; k < axis; k++) sum += grad_out[start + k * inner];
      for (size_t k = 0; k < axis; k++) {
        const size_t at = start + k * inner;
        grad_in[at] = grad_out[at] - expf(out[at]) * sum;
      }
    }
}

KX_CLONES void kx_mean(float *restrict out, const float *restrict in, size_t outer, size_t axis,
                       size_t inner) {
  const float scale = 1 / (float)axis;
  for (size_t o = 0; o < outer; o++, out += inner) {
    memset(out, 0, inner * sizeof *out);
    for (size_t k = 0; k < axis; k++, in += inner)
      for (size_t i = 0; i < inner; i++) out[i] += in[i];
    for (size_t i = 0; i < inner; i++) out[i] *= scale;
  }
}

KX_CLONES void kx_mean_backward(float *restrict grad_in, const float *restrict grad_out,
                                size_t outer, size_t axis, size_t inner) {
  const float scale = 1 / (float)axis;
  for (size_t o = 0; o < outer; o++, grad_out += inner)
    for (size_t k = 0; k < axis; k++, grad_in += inner)
      for (size_t i = 0; i < inner; i++) grad_in[i] = grad_out[i] * scale;
}
