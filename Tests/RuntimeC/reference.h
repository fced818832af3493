/* What every step computes, naively and in double: the oracle. Arguments are named as in
 * Formats/Blob.md, "Steps". */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdint.h>

double ref_activation(uint32_t kind, double first, double second, double x);

/* What slides over an image; `bottom` and `right` for the average pool only. */
typedef struct window {
  uint32_t groups, channels, height, width, filters, out_height, out_width;
  uint32_t kh, kw, sh, sw, dh, dw, top, left, bottom, right;
} window;

/* weights: [filters, channels / groups, kh, kw] */
void ref_convolution(const window *w, const float *x, const float *weights, const float *scales,
                     const float *biases, double *y);
void ref_dense(uint32_t rows, uint32_t inputs, uint32_t outputs, const float *x,
               const float *weights, const float *scales, const float *biases, double *y);
void ref_pool(const window *w, int is_mean, int counts_padding, const float *x, double *y);
void ref_softmax(uint32_t outer, uint32_t count, uint32_t inner, const float *x, double *y);
void ref_binary(uint32_t operation, uint32_t rank, const uint32_t *sizes, uint32_t mask_a,
                uint32_t mask_b, const float *a, const float *b, double *y);
void ref_pad(uint32_t mode, float value, uint32_t rank, const uint32_t *sizes,
             const uint32_t *before, const uint32_t *after, const float *x, double *y);
void ref_transpose(uint32_t rank, const uint32_t *sizes, const uint32_t *axes, const float *x,
                   double *y);

#endif
