#include "products.h"

#include <string.h>

#include "kx_clones.h"

KX_CLONES void kx_multiply_matrices(
    float *restrict y, const float *restrict a, const float *restrict b, kx_products s) {
  memset(y, 0, s.count * s.rows * s.columns * sizeof(float));
  for (size_t m = 0; m < s.count; m++, b += s.inner * s.columns)
    for (size_t r = 0; r < s.rows; r++, y += s.columns)
      for (size_t k = 0; k < s.inner; k++) {
        const float factor = *a++;
        for (size_t c = 0; c < s.columns; c++) y[c] += factor * b[k * s.columns + c];
      }
}

KX_CLONES void kx_multiply_matrices_backward_left(
    float *restrict grad_a, const float *restrict grad_y, const float *restrict b, kx_products s) {
  for (size_t m = 0; m < s.count; m++, b += s.inner * s.columns)
    for (size_t r = 0; r < s.rows; r++, grad_y += s.columns)
      for (size_t k = 0; k < s.inner; k++) {
        float sum = 0;
        for (size_t c = 0; c < s.columns; c++) sum += grad_y[c] * b[k * s.columns + c];
        *grad_a++ = sum;
      }
}

KX_CLONES void kx_multiply_matrices_backward_right(
    float *restrict grad_b, const float *restrict grad_y, const float *restrict a, kx_products s) {
  memset(grad_b, 0, s.count * s.inner * s.columns * sizeof(float));
  for (size_t m = 0; m < s.count; m++, grad_b += s.inner * s.columns)
    for (size_t r = 0; r < s.rows; r++, grad_y += s.columns)
      for (size_t k = 0; k < s.inner; k++) {
        const float factor = *a++;
        for (size_t c = 0; c < s.columns; c++) grad_b[k * s.columns + c] += factor * grad_y[c];
      }
}
